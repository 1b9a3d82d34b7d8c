"""Configured datasets: every file in conf/data, and the way to a reader."""

import subprocess
import sys

import pytest
from omegaconf import OmegaConf

from convpipe import config
from convpipe.cli.help_page import first_line
from convpipe.data import load
from convpipe.data.download import PACKAGES
from convpipe.data.series.archive import ArchiveSettings
from convpipe.data.series.watch import WatchSettings
from convpipe.errors import ConfigError
from convpipe.paths import PROJECT
from convpipe.registry import READERS
from convpipe.schemas import preprocessing_settings

FILES = sorted((PROJECT / "conf" / "data").glob("*.yaml"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_data_set_fits_its_schema_and_states_its_scaling_and_size(file):
    chosen = OmegaConf.load(file)
    schema = READERS[chosen.defaults[0].removeprefix("/schema/data/").removesuffix("@data")].settings
    data = schema(**OmegaConf.to_container(chosen).get("data", {}))
    assert data.name == file.stem and data.reader in READERS
    assert schema is not ArchiveSettings or (data.package in PACKAGES and data.archive_name.lower() == data.name)
    assert len(first_line(file)) > 30
    if schema is not WatchSettings:
        rows = [row for row in chosen.defaults[1:] if "override /preprocessing" in row]
        modality = rows[0]["override /preprocessing"] if rows else "series"
        preprocessing_settings(modality)(**chosen.get("preprocessing", {}))


def test_an_unknown_reader_is_refused_with_the_nearest_name(refused):
    with refused(ConfigError, value="wach", remedy="watch", mentions=("reader", "wach")):
        load(config.DataSettings(name="x", reader="wach"), config.Window())


def test_importing_the_readers_costs_no_heavy_import():
    program = (
        "import sys, convpipe.data, convpipe.data.splits; print({'tensorflow', 'sklearn', 'seglearn'} & {*sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
