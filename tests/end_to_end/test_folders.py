"""Images and volumes from folders to a saved and loaded classifier, with the figures of their modality."""

import json

import numpy as np
import pytest
from hydra import compose, initialize_config_dir
from PIL import Image

from convpipe import config
from convpipe.config.schema import to_settings
from convpipe.experiment.run import run
from convpipe.inference.classifier import Classifier
from convpipe.paths import CONF
from convpipe.schemas import register_schemas

pytestmark = pytest.mark.slow


def save_picture(path, brightness):
    Image.fromarray(np.full((9, 8), brightness, np.uint8)).save(path.with_suffix(".png"))


def save_volume(path, brightness):
    np.save(path.with_suffix(".npy"), np.full((7, 6, 5), brightness, np.float32))


#: Dataset -> a function that writes a file, the model, a raw sample of another size.
FOLDERS = {
    "image_folder": (save_picture, "cnn2d", np.full((5, 6, 1), 200)),
    "volume_folder": (save_volume, "cnn3d", np.full((6, 7, 8), 200.0)),
}


@pytest.mark.parametrize("name", FOLDERS)
def test_folder_per_class_trains_one_step_and_the_classifier_takes_raw_samples(home, eager, tmp_path, name):
    save, model, sample = FOLDERS[name]
    for part, count in (("train", 6), ("test", 2)):
        for label, brightness in (("dark", 10), ("light", 200)):
            folder = tmp_path / "files" / part / label
            folder.mkdir(parents=True)
            for number in range(count):
                save(folder / str(number), brightness + number)
    small = [f"model={model}", "model.filters=[2]", "model.kernel_sizes=[3]", "model.strides=[1]", "model.pooling=[1]"]
    overrides = [f"data={name}", f"data.path={tmp_path / 'files'}", *small, "debug=one_step"]
    register_schemas()
    with initialize_config_dir(version_base="1.3", config_dir=str(CONF)):
        settings = to_settings(compose("train", overrides), config.Settings)
    folder = tmp_path / "run"
    run(settings, folder)
    assert json.loads((folder / "result.json").read_text())["test"]["n"] == 4
    figures = {path.name for path in (folder / "figures").iterdir()}
    pictures = {"learning_curves", "confusion_matrix", "reliability", "worst_mistakes", "first_kernels"}
    assert {f"{name}.png" for name in pictures} <= figures
    classifier = Classifier.load(folder / "classifier")
    array, nested = classifier.predict([sample]), classifier.predict([sample.tolist()])
    assert classifier.class_names == ("dark", "light")
    np.testing.assert_allclose(array.probabilities, nested.probabilities, atol=1e-6)
    assert (folder / "predictions.csv").read_text().splitlines()[1].startswith("test/dark/0.")
