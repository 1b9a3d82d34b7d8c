"""The backend starts quickly, and other packages stay importable."""

import subprocess
import sys

import pytest

PROGRAM = """
import sys
from convpipe.backend import OPTIONAL, start_backend
start_backend()
print({"keras", "tensorflow"} <= set(sys.modules), set(OPTIONAL) & set(sys.modules))
import matplotlib, pandas, sklearn
start_backend()
print(set(OPTIONAL) <= set(sys.modules))
"""


@pytest.mark.slow
def test_keras_starts_without_optional_packages_which_stay_importable():
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=300)
    assert done.stdout.splitlines() == ["True set()", "True"], done.stderr
