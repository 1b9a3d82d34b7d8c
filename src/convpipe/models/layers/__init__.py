"""All layers for building models: those of convpipe and those of Keras.

`layers.Conv1D` is that of convpipe, which ignores padded steps; `layers.Dense` is that of Keras. Keras and its backend
are imported when a layer is first used, so that models can be listed and configured without them.
"""

from importlib import import_module

#: Module -> its public names.
_EXPORTS = {
    "masking": (
        *("Conv1D", "FixedSteps", "GlobalMaximum", "LastStep", "MaxPooling1D", "SegmentAverage", "SeparableConv1D"),
        *("SeriesEnd", "most_steps", "register"),
    ),
    "heads": ("BatchNormalization", "batch_norm_relu", "classifier_head", "pooled_head"),
    "stem": ("build_input",),
    "hand_crafted": ("HandCraftedFilters",),
    "proportions": ("ProportionOfPositiveValues",),
    "competing": ("CompetingKernels",),
    "fixed_kernels": ("Standardization",),
    "bag_of_ngrams": ("BagScores", "NGramMean"),
    "tf_idf": ("TfIdfScores",),
    "spectrogram": ("LogMel",),
    "token_vectors": ("TokenVectors",),
    "input_transforms": ("full_width", "kernel_size_for", "pool_size_for"),
}
_MODULE_OF = {name: module for module, names in _EXPORTS.items() for name in names}


def __getattr__(name: str):
    if name in _MODULE_OF:
        return getattr(import_module(f"{__name__}.{_MODULE_OF[name]}"), name)
    if name.startswith("_"):
        raise AttributeError(name)
    import keras

    for place in (keras.layers, keras):
        if hasattr(place, name):
            return getattr(place, name)
    raise AttributeError(f"neither convpipe nor keras.layers has a layer {name}")


def import_all() -> None:
    """Import every module that defines a layer, so that Keras can load saved networks."""
    for module in _EXPORTS:
        import_module(f"{__name__}.{module}")
