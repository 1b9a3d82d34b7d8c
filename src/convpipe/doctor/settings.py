"""Settings of the command doctor: those of the data and the split, and where the page goes."""

from dataclasses import dataclass

from convpipe.config import Settings
from convpipe.config.schema import setting


@dataclass
class DoctorSettings(Settings):
    """Settings of the command doctor."""

    html: str | None = setting(None, "file for the findings as a page; unset: no page")
