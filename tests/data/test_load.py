"""Configured data sets: every file in conf/data, and the way to a reader."""

import subprocess
import sys

import pytest
from omegaconf import OmegaConf

from convpipe import PROJECT, config
from convpipe.data import READERS, load
from convpipe.data.packages import PACKAGES
from convpipe.errors import ConfigError
from convpipe.help_page import first_line

FILES = sorted((PROJECT / "conf" / "data").glob("*.yaml"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_data_set_fits_its_schema_and_states_its_scaling_and_size(file):
    chosen = OmegaConf.load(file)
    schema = config.DATA_SCHEMAS[chosen.defaults[0].removeprefix("/schema/data/").removesuffix("@data")]
    data = schema(**OmegaConf.to_container(chosen).get("data", {}))
    assert data.name == file.stem and data.reader in READERS
    assert schema is not config.Archive or (data.package in PACKAGES and data.archive_name.lower() == data.name)
    assert len(first_line(file)) > 30
    if schema is not config.Watch:
        rows = [row for row in chosen.defaults[1:] if "override /preprocessing" in row]
        kind = rows[0]["override /preprocessing"] if rows else "series"
        config.PREPARE_SCHEMAS[kind](**chosen.get("preprocessing", {}))


def test_an_unknown_reader_is_refused_with_the_nearest_name():
    with pytest.raises(ConfigError, match="data.reader=wach is unknown; did you mean watch?"):
        load(config.Data(name="x", reader="wach"), config.Window())


def test_importing_the_readers_costs_no_heavy_import():
    program = (
        "import sys, convpipe.data, convpipe.data.splits; print({'tensorflow', 'sklearn', 'seglearn'} & {*sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
