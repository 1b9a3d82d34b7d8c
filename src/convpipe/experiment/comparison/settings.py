"""Settings of a comparison: those of a run, and the layout that all its networks share."""

from dataclasses import dataclass, field, fields

from convpipe.config import Settings
from convpipe.config.schema import setting
from convpipe.errors import ConfigError
from convpipe.experiment.comparison.variants import COMPARISONS, Matched, Variant, layout_of, model_values
from convpipe.registry import MODELS


@dataclass
class ComparisonSettings(Settings):
    """Settings of the command `compare`."""

    compare: str = setting("auto", "networks to compare; auto: by the modality", choices=["auto", *COMPARISONS])
    seeds: int = setting(5, "trainings of each network, with seeds starting at `seed`", low=1, high=100)
    shuffles: int = setting(5, "repetitions of the shuffle test; 0: no test", low=0, high=100)
    matched: Matched = field(default_factory=Matched)

    @property
    def comparison(self) -> str:
        """Name of the comparison.

        Raises:
            ConfigError: the comparison does not fit the modality of the data.
        """
        by_modality = {plan.modality: name for name, plan in COMPARISONS.items()}
        modality = self.preprocessing.modality
        fits = by_modality.get(modality)
        if fits is None:
            message = f"there is nothing to compare on {modality} samples"
            remedy = f"use data of one of these modalities: {', '.join(by_modality)}"
            raise ConfigError(message, key="preprocessing.modality", value=modality, remedy=remedy)
        if self.compare not in ("auto", fits):
            message, remedy = f"compare={self.compare} is not for {self.data.name}", f"set compare={fits}"
            raise ConfigError(message, key="compare", value=self.compare, remedy=remedy)
        return fits


def check(settings: ComparisonSettings) -> None:
    """Raise ConfigError if a comparison would not be fair, or is not possible on the data."""
    from convpipe.data import load

    ensemble = settings.ensemble
    if ensemble.size > 1 or ensemble.linear:
        key, value = ("ensemble.size", ensemble.size) if ensemble.size > 1 else ("ensemble.linear", ensemble.linear)
        raise ConfigError("compare takes single networks", key=key, value=value, remedy=f"leave out {key}")
    if settings.training.resume:
        message, remedy = "training.resume continues a single run", "set sweep.resume=true to skip finished trainings"
        raise ConfigError(message, key="training.resume", value=settings.training.resume, remedy=remedy)
    dataset, modality = load(settings.data, settings.window), settings.preprocessing.modality
    if dataset.modality != modality:
        message = f"preprocessing={modality} is not for {dataset.modality} samples"
        raise ConfigError(message, key="preprocessing", value=modality, remedy="leave it out")
    if dataset.modality == "series" and len({len(each) for each in dataset.inputs}) > 1:
        message = f"{settings.data.name} has series of different lengths, which only Conv1D can take unchanged"
        remedy = "set window.seconds=... to cut windows, or use other data"
        raise ConfigError(message, key="data", value=settings.data.name, remedy=remedy)


def settings_of(variant: Variant, settings: ComparisonSettings, seed: int) -> Settings:
    """Return the settings of one training of `variant`."""
    model = MODELS[variant.model].settings(**model_values(variant, layout_of(settings.comparison, settings.matched)))
    common = {key: getattr(settings, key) for key in (declared.name for declared in fields(Settings))}
    return Settings(**common | {"model": model, "seed": seed})
