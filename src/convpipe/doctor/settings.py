"""Settings of the command doctor: those of a run, and the path of the page."""

from dataclasses import dataclass

from convpipe.config import Settings
from convpipe.config.schema import setting


@dataclass
class DoctorSettings(Settings):
    """Settings of the command doctor."""

    html: str | None = setting(None, "file for the HTML page with the findings; unset: no page")
