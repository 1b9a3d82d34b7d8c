"""Train a linear output layer on fixed features: in closed form or, for many samples, by gradient descent.

The output layer is a ridge regression. Without fixed kernels and with more than MOST_FOR_RIDGE samples it is a logistic
regression fitted by Adam. For texts it is a linear support vector machine (`convpipe.training.tf_idf`).

The network must be a single `TfIdfScores` layer, or contain the layers "standardization" (with `adapt(features)`) and
"logits" (a Dense layer). Layers of fixed kernels before these are adapted first: see
`convpipe.models.layers.fixed_kernels`.
"""

import logging
import time
from collections.abc import Callable, Sequence

import keras
import numpy as np
from keras import ops

from convpipe.config import Settings
from convpipe.inference.fixed_features import feature_blocks, feature_matrix, fixed_kernels
from convpipe.inference.logits import plain_batches, predict_logits
from convpipe.models.layers.fixed_kernels import TAPS
from convpipe.models.layers.tf_idf import TfIdfScores
from convpipe.training.batches import Arrays, class_weights
from convpipe.training.calibration import cross_entropy, logit_factor
from convpipe.training.fit import FitResult
from convpipe.training.ridge import MOST_DIRECTIONS, ridge, ridge_of_blocks
from convpipe.training.tf_idf import solve_texts

log = logging.getLogger("convpipe")
#: Most samples of a ridge regression without fixed kernels, and of one in closed form on fixed kernels.
MOST_FOR_RIDGE, MOST_IN_CLOSED_FORM = 4000, 2000
#: With more samples: the fraction held out to choose the penalty, its maximum, and samples in a block of features.
HELD_OUT, MOST_HELD_OUT, BLOCK = 0.2, 2048, 1024
#: Most bytes of features kept in memory; if there are more, only their products are kept.
MOST_KEPT = 10**9
#: Samples times steps in a batch when features are computed; arrays of this size fit into the cache.
FEATURE_BATCH = 2**13
#: Logistic regression: batch size, learning rate, epochs, and patience of early stopping in epochs.
BATCH, RATE, EPOCHS, PATIENCE = 256, 1e-4, 100, 5
#: Steps of the progress bar while features are computed.
PROGRESS_STEPS = 100


def fit_linear(
    network: keras.Model, train: Arrays, validation: Arrays | None, settings: Settings, callbacks: Sequence = ()
) -> FitResult:
    """Set the weights of `network` in place; counts as one epoch.

    The targets of the ridge regression are -1 and 1. The leave-one-out error selects its penalty, and one factor fitted
    to the leave-one-out scores converts scores to logits. With fixed kernels and more than MOST_IN_CLOSED_FORM samples,
    a held-out part selects penalty and factor; the final solution uses it too. The logistic regression holds out a
    tenth of the training part for early stopping and for the factor.

    Args:
        network, train, validation, callbacks: as in `convpipe.training.fit.fit`; the weights do not depend on
            `validation`.
        settings: settings of the run. The seed is used, and `training.class_weights` and `training.balanced_batches`,
            which both weight the classes equally. Each sample is used once, so `models.check_augmentation` refuses
            augmentation.
    """
    started, training = time.perf_counter(), settings.training
    callback_list = keras.callbacks.CallbackList(list(callbacks), model=network, epochs=1, steps=PROGRESS_STEPS)
    callback_list.on_train_begin()
    callback_list.on_epoch_begin(0)
    balanced, shown = training.class_weights or training.balanced_batches, 0

    def watch(fraction: float) -> None:
        nonlocal shown
        if int(fraction * PROGRESS_STEPS) > shown:
            shown = int(fraction * PROGRESS_STEPS)
            callback_list.on_train_batch_end(shown - 1)

    logits, labels = set_weights(network, train, settings.seed, balanced, watch)
    metrics = {**_metrics(logits, labels), "learning_rate": 0.0}
    if validation is not None:
        validated = _metrics(predict_logits(network, validation.inputs), validation.labels)
        metrics |= {f"val_{name}": value for name, value in validated.items()}
    callback_list.on_epoch_end(0, metrics)
    callback_list.on_train_end(metrics)
    history = {name: [value] for name, value in metrics.items()}
    return FitResult(history, None if validation is None else 1, 1, time.perf_counter() - started)


def _metrics(logits: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    return {"loss": cross_entropy(logits, labels), "accuracy": float((logits.argmax(1) == labels).mean())}


def set_weights(
    network, train: Arrays, seed: int, balanced: bool = False, watch: Callable[[float], None] = lambda fraction: None
) -> tuple[np.ndarray, np.ndarray]:
    """Set the kernels, standardization and output layer of `network` from the training part.

    Returns:
        Logits (n, classes) and labels (n,) of the training part; with fixed kernels and more than MOST_IN_CLOSED_FORM
        samples, those of its held-out samples.
    """
    output = network.get_layer("logits")
    if isinstance(output, TfIdfScores):
        return solve_texts(output, train, seed, balanced), train.labels
    standardization, kernels = network.get_layer("standardization"), fixed_kernels(network)
    for layer in kernels:
        layer.adapt(train.inputs, seed)
    if kernels and max(layer.steps for layer in kernels) < TAPS:
        log.info(f"all series are shorter than the {TAPS} steps of a kernel; zeros are added before and after them")
    weights = class_weights(train.labels, train.classes)[train.labels] if balanced else np.ones(len(train))
    if kernels and len(train) > MOST_IN_CLOSED_FORM:
        return _solve_by_blocks(kernels, standardization, output, train, weights, seed, watch)
    features = feature_matrix(kernels, train.inputs, watch=watch) if kernels else _features_of(network, train)
    standardization.adapt(features)
    features -= ops.convert_to_numpy(standardization.mean)
    features /= ops.convert_to_numpy(standardization.deviation)
    if kernels or len(train) <= MOST_FOR_RIDGE:
        kernel, bias = ridge(features.copy(), train.labels, 2.0 * train.targets - 1, weights)
    else:
        kernel, bias = logistic(features, train, weights, seed)
    output.set_weights([kernel, bias])
    return features @ kernel + bias, train.labels


def logistic(features: np.ndarray, train: Arrays, weights: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Fit a logistic regression by Adam, starting at zero.

    Args:
        features: (n, features) float32.
        train: labels of the training part.
        weights: (n,) sample weights.
        seed: draws the tenth for early stopping, and the order of the other samples.

    Returns:
        Kernel (features, classes) and bias (classes,) of logits.
    """
    order = np.random.default_rng(seed).permutation(len(train))
    held_out, rows = order[: len(train) // 10], order[len(train) // 10 :]
    dense = keras.layers.Dense(train.classes, kernel_initializer="zeros", dtype="float32")
    model = keras.Sequential([keras.Input((features.shape[1],)), dense])
    model.compile(keras.optimizers.Adam(RATE), keras.losses.CategoricalCrossentropy(from_logits=True))
    best, best_weights, patience = np.inf, dense.get_weights(), PATIENCE
    for epoch in range(EPOCHS):
        mixed = np.random.default_rng([seed, epoch]).permutation(rows)
        for batch in np.array_split(mixed, -(-len(mixed) // BATCH)):
            model.train_on_batch(features[batch], train.targets[batch], weights[batch])
        kernel, bias = dense.get_weights()
        loss = cross_entropy(features[held_out] @ kernel + bias, train.labels[held_out])
        if loss < best:
            best, best_weights, patience = loss, [kernel, bias], PATIENCE
        else:
            patience -= 1
        if not patience:
            break
    kernel, bias = best_weights
    factor = logit_factor(features[held_out] @ kernel + bias, train.labels[held_out], weights[held_out])
    return factor * kernel, factor * bias


def bytes_needed(samples: int, features: int) -> int:
    """Return the memory in bytes that the ridge regression on fixed kernels needs."""
    if samples <= MOST_IN_CLOSED_FORM:
        return 2 * 4 * samples * features + 3 * 8 * samples**2
    kept = 4 * (samples if _fits_in_memory(samples, features) else features) * features
    return kept + 4 * (MOST_DIRECTIONS + 2 * MOST_HELD_OUT + BLOCK) * features


def _fits_in_memory(samples: int, features: int) -> bool:
    """Whether the features of all samples are kept in memory."""
    return 4 * samples * features <= MOST_KEPT


def _features_of(network, train: Arrays) -> np.ndarray:
    """The features (n, features) of all samples: the inputs of the standardization."""
    extractor = keras.Model(network.input, network.get_layer("standardization").input)
    batches = plain_batches(train.inputs, FEATURE_BATCH, np.arange(len(train)))
    return np.concatenate([ops.convert_to_numpy(extractor(batch, training=False)) for _, batch in batches])


def _solve_by_blocks(kernels, standardization, output, train: Arrays, weights, seed: int, watch):
    """Set the standardization and the output layer from features that are computed in blocks."""
    mixed = np.random.default_rng(seed).permutation(len(train))
    count = min(MOST_HELD_OUT, int(HELD_OUT * len(train)))
    rows, train_rows = np.sort(mixed[:count]), np.sort(mixed[count:])
    first = count / len(train)
    held_out = feature_matrix(kernels, train.inputs, rows, lambda part: watch(first * part))
    standardization.adapt(held_out)
    mean, deviation = (ops.convert_to_numpy(each) for each in (standardization.mean, standardization.deviation))
    held_out = (held_out - mean) / deviation
    blocks = feature_blocks(kernels, train.inputs, train_rows, BLOCK, lambda part: watch(first + (1 - first) * part))
    scaled = ((block_rows, (features - mean) / deviation) for block_rows, features in blocks)
    keep_blocks = _fits_in_memory(len(train), held_out.shape[1])
    solution = ridge_of_blocks(scaled, (rows, held_out), 2.0 * train.targets - 1, train.labels, weights, keep_blocks)
    output.set_weights(solution)
    return held_out @ solution[0] + solution[1], train.labels[rows]
