"""Write results/models.csv: what every model costs at its default settings, for one sample of a typical size.

python docs/costs.py
"""

import csv
from pathlib import Path

from convpipe.backend import start_backend
from convpipe.input_spec import InputSpec

start_backend()

from convpipe import models  # noqa: E402
from convpipe.cost.model_cost import model_cost  # noqa: E402
from convpipe.registry import MODELS  # noqa: E402

SERIES = ("128 steps, 9 channels, 6 classes", InputSpec((128,), 9, 6), (128, 9))
WORDS = ("50 tokens with vectors of 300 numbers, 6 classes", InputSpec((50,), 300, 6), (50, 300))
CHARACTERS = ("1,014 characters of an alphabet of 70, 6 classes", InputSpec((1014,), 70, 6), (1014, 70))
WAVE = ("8,000 steps, 10 classes", InputSpec((8000,), 1, 10), (8000, 1))
IMAGE = ("28 x 28 pixels, 1 channel, 10 classes", InputSpec((28, 28), 1, 10), (28, 28, 1))
VOLUME = ("15 x 15 x 15 voxels, 1 channel, 12 classes", InputSpec((15, 15, 15), 1, 12), (15, 15, 15, 1))
#: Input of each model; of all other models, a series.
INPUTS = {"text_cnn": WORDS, "dpcnn": WORDS, "char_cnn": CHARACTERS, "m5": WAVE}
INPUTS |= {"cnn2d": IMAGE, "resnet2d": IMAGE, "mobile2d": IMAGE, "cnn3d": VOLUME, "resnet3d": VOLUME}
#: Models whose cost depends on the vocabulary.
LEFT_OUT = ("fast_text",)


def main() -> None:
    """Build each model and write its row."""
    with (Path(__file__).parents[1] / "results" / "models.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["model", "input", "parameters", "multiply_adds", "command"])
        for name, model in MODELS.items():
            if name not in LEFT_OUT:
                about, spec, shape = INPUTS.get(name, SERIES)
                cost = model_cost(models.build(model.settings(), spec), shape)
                table.writerow([name, about, cost.parameters, cost.multiply_adds, "python docs/costs.py"])


if __name__ == "__main__":
    main()
