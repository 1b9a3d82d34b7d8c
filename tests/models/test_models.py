"""All models: listing them does not import Keras, and each refuses samples that it does not take."""

import os
import subprocess
import sys

import pytest

from convpipe import config, models
from convpipe.errors import ConfigError
from convpipe.input_spec import InputSpec
from convpipe.models import layers
from convpipe.paths import PROJECT
from convpipe.registry import MODALITIES, MODELS


def test_listing_the_models_imports_neither_keras_nor_a_backend():
    program = (
        "import sys\n"
        "from convpipe.registry import MODELS\n"
        "assert {'cnn1d', 'linear', 'mini_rocket'} <= set(MODELS)\n"
        "assert all(model.settings().name == name for name, model in MODELS.items())\n"
        "print(*({'keras', 'tensorflow', 'torch', 'jax'} & set(sys.modules)))\n"
    )
    paths = os.pathsep.join(filter(None, [str(PROJECT / "src"), os.environ.get("PYTHONPATH")]))
    command, environment = [sys.executable, "-c", program], {**os.environ, "PYTHONPATH": paths}
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stdout.strip()) == (0, ""), done.stdout + done.stderr


def test_layers_of_convpipe_take_precedence_over_those_of_keras():
    import keras

    assert layers.Conv1D.__module__.startswith("convpipe.") and layers.Dense is keras.layers.Dense
    assert layers.Model is keras.Model


@pytest.mark.parametrize("name", ["Nonexistent", "_hidden"])
def test_an_unknown_layer_raises_attribute_error(name):
    with pytest.raises(AttributeError, match=name):
        getattr(layers, name)


def test_unknown_model_is_refused_with_the_nearest_name(refused):
    with refused(ConfigError, value="fcm", remedy="did you mean fcn?"):
        models.build(config.ModelSettings(name="fcm"), InputSpec((24,), 2, 3))


@pytest.mark.parametrize(
    ("name", "modality", "instead"),
    [
        ("cnn2d", "series", "cnn1d"),
        ("cnn1d", "image", "cnn2d"),
        ("resnet3d", "sound", "cnn1d"),
        ("fast_text", "series", "cnn1d"),
        ("tcn", "volume", "cnn3d"),
    ],
)
def test_a_model_for_other_samples_is_refused_with_a_model_that_fits(name, modality, instead, refused):
    settings, axes = MODELS[name].settings(), MODALITIES[modality].axes
    with refused(ConfigError, key="model", value=name, remedy=instead) as caught:
        models.check_fits(settings, axes, is_text=False)
    assert name not in caught.value.remedy
    models.check_fits(MODELS[instead].settings(), axes, is_text=False)


@pytest.mark.parametrize("modality", ["series", "sound", "image", "volume"])
def test_augmentation_of_the_modality_is_accepted(modality):
    strengths = dict.fromkeys(MODALITIES[modality].augmentation, 0.1)
    models.check_augmentation(MODELS["cnn1d"].settings(), config.Augmentation(**strengths), modality)


@pytest.mark.parametrize(
    ("modality", "name", "strength", "off"),
    [
        ("image", "time_warp", 0.1, "0"),
        ("series", "flip", True, "false"),
        ("volume", "flip", True, "false"),
        ("sound", "cutout", 0.2, "0"),
        ("text", "mixup", 0.2, "0"),
    ],
)
def test_augmentation_of_another_modality_is_refused(modality, name, strength, off, refused):
    key = f"augmentation.{name}"
    with refused(ConfigError, key=key, value=strength, remedy=f"{key}={off}", mentions=(modality,)):
        models.check_augmentation(MODELS["cnn1d"].settings(), config.Augmentation(**{name: strength}), modality)


@pytest.mark.parametrize("name", [name for name, model in MODELS.items() if model.solver == "linear"])
def test_augmentation_of_a_model_that_uses_each_sample_once_is_refused(name, refused):
    settings = MODELS[name].settings()
    models.check_augmentation(settings, config.Augmentation(), "series")
    with refused(ConfigError, key="augmentation.jitter", value=0.1, remedy="augmentation.jitter=0", mentions=(name,)):
        models.check_augmentation(settings, config.Augmentation(jitter=0.1), "series")
