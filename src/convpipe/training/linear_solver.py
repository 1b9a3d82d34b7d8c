"""Networks of fixed features with a linear output layer, which is solved in closed form or, above a size, fitted.

Up to MOST_FOR_RIDGE samples the output layer is a ridge regression, above that a logistic regression that Adam fits;
for texts it is a linear support vector machine (`convpipe.training.tf_idf`).

A network takes part when it is nothing but a `TfIdfScores` layer, or when its layers are named "standardization" (with
`adapt(features)`) and "logits" (a Dense layer), behind features of which a layer "proportions" is adapted first, where
there is one (with `adapt(inputs, seed)`): see `convpipe.models.layers.proportions` and `convpipe.models.layers.tf_idf`.
"""

import time
from collections.abc import Sequence

import keras
import numpy as np
from keras import ops

from convpipe.config import Settings
from convpipe.inference.logits import plain_batches, predict_logits
from convpipe.models.layers.tf_idf import TfIdfScores
from convpipe.training.batches import Arrays, class_weights
from convpipe.training.calibration import cross_entropy, logit_factor
from convpipe.training.fit import FitResult
from convpipe.training.tf_idf import solve_texts

#: Penalties that are tried.
ALPHAS = np.logspace(-3, 3, 10)
#: Most samples of a ridge regression, whose work grows with their cube.
MOST_FOR_RIDGE = 4000
#: Samples times steps in a batch when features are computed; arrays of this size stay near the processor.
FEATURE_BATCH = 2**13
#: Logistic regression: samples a step, the learning rate, epochs, and epochs without a better loss before it stops.
BATCH, RATE, EPOCHS, PATIENCE = 256, 1e-4, 100, 5


def fit_linear(
    network: keras.Model, train: Arrays, validation: Arrays | None, settings: Settings, callbacks: Sequence = ()
) -> FitResult:
    """Set the weights of `network` in place; it counts as one epoch.

    The ridge regression is on -1 and 1, its penalty chosen by leave-one-out error; scores become logits by one factor
    that fits the leave-one-out scores. The logistic regression is stopped early on a tenth of the training part that is
    held out, and the factor fits that tenth.

    Args:
        network, train, validation, callbacks: as in `convpipe.training.fit.fit`; validation only measures.
        settings: of the run, of which `training.class_weights` and `training.balanced_batches` (both weigh the classes
            equally) and the seed count. Every sample is seen once, so that `models.check_augmentation` refuses an
            augmentation.
    """
    started, training = time.perf_counter(), settings.training
    listeners = keras.callbacks.CallbackList(list(callbacks), model=network)
    listeners.on_train_begin()
    listeners.on_epoch_begin(0)
    logits = set_weights(network, train, settings.seed, training.class_weights or training.balanced_batches)
    measures = {**_measures(logits, train), "learning_rate": 0.0}
    if validation is not None:
        measured = _measures(predict_logits(network, validation.inputs), validation)
        measures |= {f"val_{name}": value for name, value in measured.items()}
    listeners.on_epoch_end(0, measures)
    listeners.on_train_end(measures)
    history = {name: [value] for name, value in measures.items()}
    return FitResult(history, None if validation is None else 1, 1, time.perf_counter() - started)


def _measures(logits: np.ndarray, part: Arrays) -> dict[str, float]:
    return {"loss": cross_entropy(logits, part.labels), "accuracy": float((logits.argmax(1) == part.labels).mean())}


def set_weights(network, train: Arrays, seed: int, balanced: bool = False) -> np.ndarray:
    """Set features, standardisation and output layer of `network` from the training part.

    Returns:
        The logits (n, classes) of the training part.
    """
    output = network.get_layer("logits")
    if isinstance(output, TfIdfScores):
        return solve_texts(output, train, seed, balanced)
    standardization = network.get_layer("standardization")
    for layer in network.layers:
        if layer.name == "proportions":
            layer.adapt(train.inputs, seed)
    extractor = keras.Model(network.input, standardization.input)
    batches = plain_batches(train.inputs, FEATURE_BATCH, np.arange(len(train)))
    features = np.concatenate([ops.convert_to_numpy(extractor(batch, training=False)) for _, batch in batches])
    standardization.adapt(features)
    features -= ops.convert_to_numpy(standardization.mean)
    features /= ops.convert_to_numpy(standardization.deviation)
    weights = class_weights(train.labels, train.classes)[train.labels] if balanced else np.ones(len(train))
    fit_output = ridge if len(train) <= MOST_FOR_RIDGE else logistic
    kernel, bias = fit_output(features, train, weights, seed)
    output.set_weights([kernel, bias])
    return features @ kernel + bias


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
    """Kernel (features, classes) and bias (classes,) of logits by logistic regression, from zero, fitted by Adam.

    Arguments as in `ridge`; `seed` draws the tenth that decides when to stop, and the order of the others.
    """
    order = np.random.default_rng(seed).permutation(len(train))
    held_out, rows = order[: len(train) // 10], order[len(train) // 10 :]
    dense = keras.layers.Dense(train.classes, kernel_initializer="zeros", dtype="float32")
    model = keras.Sequential([keras.Input((features.shape[1],)), dense])
    model.compile(keras.optimizers.Adam(RATE), keras.losses.CategoricalCrossentropy(from_logits=True))
    best, kept, left = np.inf, dense.get_weights(), PATIENCE
    for epoch in range(EPOCHS):
        mixed = np.random.default_rng([seed, epoch]).permutation(rows)
        for batch in np.array_split(mixed, -(-len(mixed) // BATCH)):
            model.train_on_batch(features[batch], train.targets[batch], weights[batch])
        kernel, bias = dense.get_weights()
        loss = cross_entropy(features[held_out] @ kernel + bias, train.labels[held_out])
        best, kept, left = (loss, (kernel, bias), PATIENCE) if loss < best else (best, kept, left - 1)
        if not left:
            break
    kernel, bias = kept
    factor = logit_factor(features[held_out] @ kernel + bias, train.labels[held_out], weights[held_out])
    return factor * kernel, factor * bias
