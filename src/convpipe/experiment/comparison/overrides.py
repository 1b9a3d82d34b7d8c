"""The overrides that each training of a comparison receives."""

from convpipe.errors import ConfigError

#: Groups of overrides that are for the comparison, not for its runs.
OWN = ("compare", "seeds", "seed", "shuffles", "matched", "sweep", "hydra")


def passed_on(overrides: list[str]) -> list[str]:
    """Return the overrides of the command line that are passed to every run.

    Raises:
        ConfigError: an override selects a model.

    >>> passed_on(["data=digits", "compare=images", "matched.filters=[8]", "training.epochs=1", "seeds=3"])
    ['data=digits', 'training.epochs=1']
    """
    kept = []
    for word in overrides:
        group = word.lstrip("+~").partition("=")[0].partition(".")[0].partition("@")[0]
        if group in ("model", "experiment"):
            remedy = f"leave out {word}, and change the models with matched.*"
            raise ConfigError("compare selects its models itself", key=group, value=word, remedy=remedy)
        if group not in OWN:
            kept.append(word)
    return kept


def as_overrides(values: dict) -> list[str]:
    """Return the settings of a model as overrides, its name first.

    >>> as_overrides({"name": "cnn2d", "filters": [8, 8], "input_transform": "rows"})
    ['model=cnn2d', 'model.filters=[8,8]', 'model.input_transform=rows']
    """
    words = [f"model={values['name']}"]
    return words + [f"model.{key}={str(value).replace(' ', '')}" for key, value in values.items() if key != "name"]


def slug(name: str) -> str:
    """Return a name in the form for folders and metrics.

    >>> slug("Conv2D over steps x channels")
    'conv2d_over_steps_x_channels'
    """
    return name.lower().replace(" ", "_")
