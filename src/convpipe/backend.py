"""Start the Keras backend quietly, and set its seed and precision."""

import ctypes
import os
import sys
import tempfile
from contextlib import contextmanager, suppress

from convpipe.errors import TrainingError

#: Packages that Keras imports only if they are installed.
OPTIONAL = ("matplotlib", "pandas", "sklearn")
#: `M_TOP_PAD` of glibc's malloc.h, and the number of bytes by which heaps grow.
TOP_PAD, HEAP_GROWTH = -2, 2**26


@contextmanager
def quiet_standard_error(shown: bool = True):
    """Redirect the standard error of native code to a temporary file; if `shown`, print it when the block fails."""
    original = os.dup(2)
    with tempfile.TemporaryFile() as noise:
        os.dup2(noise.fileno(), 2)
        try:
            yield
        except BaseException:
            if shown:
                noise.seek(0)
                os.write(original, noise.read())
            raise
        finally:
            os.dup2(original, 2)
            os.close(original)


@contextmanager
def _without_optional_packages():
    """Hide the packages that Keras imports only if they are installed.

    Keras uses them for data frames, image galleries and scikit-learn wrappers, which convpipe does not need. Importing
    them takes half as long as importing TensorFlow.
    """
    hidden = [name for name in OPTIONAL if name not in sys.modules]
    sys.modules |= dict.fromkeys(hidden)  # None lets an import fail as if the package were not installed
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]


def _grow_heaps_at_once() -> None:
    """Let glibc's malloc keep a reserve of memory; other allocators are left unchanged.

    By default glibc returns memory to the system when a step frees it and requests it again in the next step. Training
    then spends up to half of its time on page faults. Other allocators lack `mallopt` or do not need it.
    """
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(TOP_PAD, HEAP_GROWTH)


def start_backend() -> None:
    """Import Keras and its backend, without TensorFlow's messages about instruction sets and missing GPUs.

    Raises:
        TrainingError: the backend that KERAS_BACKEND names is not installed.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    _grow_heaps_at_once()
    try:
        with quiet_standard_error(), _without_optional_packages():
            import keras

            # The user's keras.json must not change what a network computes.
            keras.config.set_image_data_format("channels_last")
            keras.config.set_floatx("float32")
            keras.config.set_epsilon(1e-7)
            keras.ops.convert_to_numpy(keras.ops.zeros((1,)))
    except ImportError as error:
        backend = os.environ.get("KERAS_BACKEND", "tensorflow")
        message = f"the Keras backend {backend} cannot be imported ({error})"
        raise TrainingError(message, key="KERAS_BACKEND", value=backend, remedy="install it") from None


@contextmanager
def seeded(seed: int, precision: str):
    """Set the seed and the precision of networks for a block; the previous precision is restored at its end."""
    import keras

    before = keras.config.dtype_policy()
    keras.utils.set_random_seed(seed)
    keras.config.set_dtype_policy(precision)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)
