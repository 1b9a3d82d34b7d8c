"""The compiled training step: network, optimizer and loss, and batches in the form that the backend takes."""

import time
from collections.abc import Generator

import keras

from convpipe import config
from convpipe.training.batches import Arrays
from convpipe.training.schedules import learning_rate

#: Most training steps per call of the compiled function. A call costs as much as a step of a small network.
STEPS_PER_EXECUTION = 16


def as_dataset(batches, network, train: Arrays):
    """Return the batches as a tf.data dataset with the input shape of `network`, so that TensorFlow compiles once.

    On another backend, return the batches unchanged.
    """
    if keras.backend.backend() != "tensorflow":
        return batches
    import tensorflow as tf

    inputs = tf.TensorSpec(network.inputs[0].shape, tf.as_dtype(train.inputs.dtype))
    signature = (inputs, tf.TensorSpec((None, train.classes), tf.float32), tf.TensorSpec((None,), tf.float32))
    options = tf.data.Options()
    # There is nothing to tune here. In TensorFlow 2.21, an iterator that ends waits until the tuner wakes up, and the
    # tuner doubles its sleep from 10 ms to a minute: a training of 12 s returned after 20 s.
    options.autotune.enabled = False
    return tf.data.Dataset.from_generator(lambda: batches, output_signature=signature).prefetch(2).with_options(options)


def release(batches: Generator) -> None:
    """Close a generator of batches to free its samples: TensorFlow never frees the generator itself."""
    while True:
        try:
            return batches.close()
        except ValueError:  # TensorFlow's thread is prefetching a batch
            time.sleep(0.001)


def steps_per_execution(steps: int) -> int:
    """Return the steps per call of the compiled function: a divisor of `steps`, as Keras rounds up to whole calls.

    >>> [steps_per_execution(steps) for steps in (1, 13, 16, 17, 18, 20)]
    [1, 13, 16, 1, 9, 10]
    """
    return max(number for number in range(1, STEPS_PER_EXECUTION + 1) if steps % number == 0)


def compiled(network, settings: config.Training, steps: int, epochs: int) -> keras.Model:
    """Return a compiled model that shares the layers of `network`; `network` itself stays uncompiled."""
    rate, momentum = learning_rate(settings, steps * epochs), settings.ema_momentum
    common = {"global_clipnorm": settings.global_clipnorm or None, "use_ema": momentum > 0, "ema_momentum": momentum}
    if settings.optimizer == "sgd":
        optimizer = keras.optimizers.SGD(rate, momentum=0.9, nesterov=True, **common)
    else:
        optimizer = keras.optimizers.AdamW(rate, weight_decay=settings.weight_decay, **common)
    targets = {"from_logits": True, "label_smoothing": settings.label_smoothing}
    if settings.loss == "focal":
        loss = keras.losses.CategoricalFocalCrossentropy(alpha=1.0, gamma=settings.focal_gamma, **targets)
    else:
        loss = keras.losses.CategoricalCrossentropy(**targets)
    trainer = keras.Model(network.inputs, network.outputs)
    # XLA does not speed up convolutions on a CPU and takes seconds to compile; JAX always needs it.
    options = {"jit_compile": keras.backend.backend() == "jax", "steps_per_execution": steps_per_execution(steps)}
    trainer.compile(optimizer, loss, metrics=["accuracy"], **options)
    # Not `optimizer`: with mixed_float16 Keras wraps it in a loss-scaling optimizer that has variables too.
    trainer.optimizer.build(trainer.trainable_variables)
    return trainer
