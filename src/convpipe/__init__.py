"""convpipe: from labelled sequences to a tracked, explained, servable convolutional classifier."""

import os
from pathlib import Path

__version__ = "0.1.0"

#: The checkout: where conf/ and results/ lie, wherever a command is called from.
PROJECT = Path(__file__).resolve().parents[2]

#: Where runs/, data/ and the tracking store are written: the checkout, unless CONVPIPE_HOME names another folder.
HOME = Path(os.environ.get("CONVPIPE_HOME") or PROJECT).expanduser().resolve()
