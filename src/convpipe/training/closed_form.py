"""Networks that are not trained by gradients: fixed features, and an output layer that is solved for.

A network takes part when it is nothing but a `TfIdfScores` layer, or when its layers are named "standardization" (with
`adapt(features)`) and "scores" (a Dense layer), behind features of which a layer "proportions" is adapted first, where
there is one (with `adapt(inputs, seed)`): see `convpipe.models.rocket` and `convpipe.models.linear`.
"""

import time
from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np
from keras import ops

from convpipe import config
from convpipe.data.batches import Arrays, class_weights, plain_batches
from convpipe.data.ragged import Ragged
from convpipe.models.linear import TfIdfScores
from convpipe.training.calibration import cross_entropy, logit_factor
from convpipe.training.fit import Fitted, scores
from convpipe.training.tf_idf import solve_texts

#: Penalties that are tried.
ALPHAS = np.logspace(-3, 3, 10)
#: Above so many samples a ridge regression, whose work grows with their cube, gives way to logistic regression.
MOST_FOR_RIDGE = 4000
#: Samples times steps in a batch when features are computed; arrays of this size stay near the processor.
FEATURE_BATCH = 2**13
#: Logistic regression: samples a step, the learning rate, epochs, and epochs without a better loss before it stops.
BATCH, RATE, EPOCHS, PATIENCE = 256, 1e-4, 100, 5


def fit_closed_form(
    network: keras.Model,
    train: Arrays,
    validation: Arrays | None,
    settings: config.Training,
    augmentation: config.Augmentation,
    seed: int,
    callbacks: Sequence[keras.callbacks.Callback] = (),
    folder: Path | None = None,
    stop_after: int | None = None,
) -> Fitted:
    """Set the weights of `network` in place; it counts as one epoch.

    Up to MOST_FOR_RIDGE samples the output layer is a ridge regression on -1 and 1, its penalty chosen by
    leave-one-out error; scores become logits by one factor that fits the leave-one-out scores. Above that it is a
    logistic regression by gradient, stopped early on a tenth of the training part that is held out, and the factor
    fits that tenth.

    Args:
        network, train, validation, seed, callbacks: as in `convpipe.training.fit.fit`; validation only measures.
        settings: config.Training, of which `class_weights` and `balanced_batches` count (both weigh the classes
            equally).
        augmentation: not used: every series is seen once (config.Settings refuses one that is on).
        folder, stop_after: there is nothing to resume and no second epoch; both are taken so that callers need not
            tell the two kinds of training apart.
    """
    started = time.perf_counter()
    listeners = keras.callbacks.CallbackList(list(callbacks), model=network)
    listeners.on_train_begin()
    listeners.on_epoch_begin(0)
    logits = solve(network, train, seed, settings.class_weights or settings.balanced_batches)
    measures = {**_measures(logits, train), "learning_rate": 0.0}
    if validation is not None:
        measured = _measures(scores(network, validation.inputs), validation)
        measures |= {f"val_{name}": value for name, value in measured.items()}
    listeners.on_epoch_end(0, measures)
    listeners.on_train_end(measures)
    history = {name: [value] for name, value in measures.items()}
    return Fitted(history, None if validation is None else 1, 1, time.perf_counter() - started)


def _measures(logits: np.ndarray, part: Arrays) -> dict[str, float]:
    return {"loss": cross_entropy(logits, part.labels), "accuracy": float((logits.argmax(1) == part.labels).mean())}


def solve(network, train: Arrays, seed: int, balanced: bool = False) -> np.ndarray:
    """Set features, standardisation and output layer of `network` from the training part.

    Returns:
        The logits (n, classes) of the training part.
    """
    output = network.get_layer("scores")
    if isinstance(output, TfIdfScores):
        return solve_texts(output, train, seed, balanced)
    standardization = network.get_layer("standardization")
    for layer in network.layers:
        if layer.name == "proportions":
            layer.adapt(train.inputs, seed)
    features = feature_table(keras.Model(network.input, standardization.input), train.inputs)
    standardization.adapt(features)
    features -= ops.convert_to_numpy(standardization.mean)
    features /= ops.convert_to_numpy(standardization.deviation)
    weights = class_weights(train.labels, train.classes)[train.labels] if balanced else np.ones(len(train))
    solver = ridge if len(train) <= MOST_FOR_RIDGE else logistic
    kernel, bias = solver(features, train, weights, seed)
    output.kernel.assign(kernel)
    output.bias.assign(bias)
    return features @ kernel + bias


def feature_table(extractor, inputs: np.ndarray | Ragged) -> np.ndarray:
    """(n, features) float32 of prepared `inputs` (n, steps, channels)."""
    order = np.arange(len(inputs))
    batches = plain_batches(inputs, FEATURE_BATCH, order)
    return np.concatenate([ops.convert_to_numpy(extractor(batch, training=False)) for _, batch in batches])


def ridge(features: np.ndarray, train: Arrays, weights: np.ndarray, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Kernel (features, classes) and bias (classes,) of logits by ridge regression, one class against the rest.

    Args:
        features: (n, features) float32.
        train: the labels.
        weights: (n,), how much each sample counts.

    The samples are fewer than the features, so the solution is a sum of samples, and one decomposition of their (n, n)
    products serves every penalty and every left-out sample (Rifkin and Lippert 2007, "Notes on regularized least
    squares", sections 3 and 4).
    """
    targets = 2.0 * train.targets - 1
    share = weights / weights.sum()
    root = np.sqrt(weights / weights.mean())[:, None]
    middle, level = share @ features.astype(np.float64), share @ targets
    centred = root * (features - middle)
    values, vectors = np.linalg.eigh(centred @ centred.T)
    values = np.maximum(values, 0.0)
    projected = vectors.T @ (root * (targets - level))

    def left_out(alpha: float) -> np.ndarray:
        """Residuals (n, classes) of each sample by the model of all others."""
        unexplained = 1 - share - (vectors**2) @ (values / (values + alpha))
        return (vectors @ (projected * (alpha / (values + alpha))[:, None])) / root / unexplained[:, None]

    best = min(ALPHAS, key=lambda alpha: float(share @ (left_out(alpha) ** 2).sum(1)))
    kernel = centred.T @ (vectors @ (projected / (values + best)[:, None]))
    factor = logit_factor(targets - left_out(best), train.labels, weights)
    return factor * kernel, factor * (level - middle @ kernel)


def logistic(features: np.ndarray, train: Arrays, weights: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Kernel (features, classes) and bias (classes,) of logits by logistic regression, from zero, by Adam.

    Arguments as in `ridge`; `seed` draws the tenth that decides when to stop, and the order of the others.
    """
    order = np.random.default_rng(seed).permutation(len(train))
    held, rows = order[: len(train) // 10], order[len(train) // 10 :]
    dense = keras.layers.Dense(train.classes, kernel_initializer="zeros", dtype="float32")
    model = keras.Sequential([keras.Input((features.shape[1],)), dense])
    model.compile(keras.optimizers.Adam(RATE), keras.losses.CategoricalCrossentropy(from_logits=True))
    best, kept, left = np.inf, dense.get_weights(), PATIENCE
    for epoch in range(EPOCHS):
        mixed = np.random.default_rng([seed, epoch]).permutation(rows)
        for batch in np.array_split(mixed, -(-len(mixed) // BATCH)):
            model.train_on_batch(features[batch], train.targets[batch], weights[batch])
        loss = cross_entropy(features[held] @ dense.get_weights()[0] + dense.get_weights()[1], train.labels[held])
        best, kept, left = (loss, dense.get_weights(), PATIENCE) if loss < best else (best, kept, left - 1)
        if not left:
            break
    kernel, bias = kept
    factor = logit_factor(features[held] @ kernel + bias, train.labels[held], weights[held])
    return factor * kernel, factor * bias
