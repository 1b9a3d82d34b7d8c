"""The words of the command line that each training receives."""

from convpipe.errors import ConfigError

#: Overrides that are the comparison's own and not its runs'.
OWN = ("compare", "seeds", "seed", "shuffles", "matched", "sweep", "hydra")


def passed_on(overrides: list[str]) -> list[str]:
    """The words of the command line that every run is given too.

    Raises:
        ConfigError: a word that chooses a model.

    >>> passed_on(["data=digits", "compare=images", "matched.filters=[8]", "training.epochs=1", "seeds=3"])
    ['data=digits', 'training.epochs=1']
    """
    kept = []
    for word in overrides:
        group = word.lstrip("+~").partition("=")[0].partition(".")[0].partition("@")[0]
        if group in ("model", "experiment"):
            remedy = f"leave out {word} and shape the models with matched.*"
            raise ConfigError("compare chooses its models itself", key=group, value=word, remedy=remedy)
        if group not in OWN:
            kept.append(word)
    return kept


def as_overrides(values: dict) -> list[str]:
    """The settings of a model as overrides, the choice of the model first.

    >>> as_overrides({"name": "cnn2d", "filters": [8, 8], "input_transform": "rows"})
    ['model=cnn2d', 'model.filters=[8,8]', 'model.input_transform=rows']
    """
    words = [f"model={values['name']}"]
    return words + [f"model.{key}={str(value).replace(' ', '')}" for key, value in values.items() if key != "name"]


def slug(name: str) -> str:
    """A name for folders and metrics.

    >>> slug("Conv2D over steps x channels")
    'conv2d_over_steps_x_channels'
    """
    return name.lower().replace(" ", "_")
