"""The shuffle test of a network's runs, in a new process: `python -m MODULE RESULT REPETITIONS RUN ...`."""

import json
import sys
from dataclasses import asdict
from pathlib import Path

from convpipe.backend import start_backend
from convpipe.errors import ConvpipeError


def main(result: str, repetitions: str, *runs: str) -> None:
    """Write the test over all `runs` to the file `result`, as the fields of `ShuffleTest`."""
    start_backend()
    from convpipe.evaluation.shuffle_test import shuffle_runs

    test = shuffle_runs(runs, int(repetitions))
    Path(result).write_text(json.dumps(asdict(test), indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except ConvpipeError as error:
        sys.exit(print(f"error: {error}", file=sys.stderr) or 2)
    except KeyboardInterrupt:
        sys.exit(130)
