"""The compiled training step: the network with optimizer and loss, and batches in the form that the backend takes."""

import time
from collections.abc import Generator

import keras

from convpipe import config
from convpipe.training.batches import Arrays
from convpipe.training.schedules import learning_rate

#: Most steps that run without a return to Python; a call costs as much as a step of a small network.
STEPS_PER_EXECUTION = 16


def as_dataset(batches, network, train: Arrays):
    """The batches as a tf.data dataset of the shapes that `network` takes, so that TensorFlow compiles once.

    On another backend, the batches themselves.
    """
    if keras.backend.backend() != "tensorflow":
        return batches
    import tensorflow as tf

    taken = tf.TensorSpec(network.inputs[0].shape, tf.as_dtype(train.inputs.dtype))
    signature = (taken, tf.TensorSpec((None, train.classes), tf.float32), tf.TensorSpec((None,), tf.float32))
    options = tf.data.Options()
    # There is nothing to tune, and in TensorFlow 2.21 an iterator that ends waits for the tuner to wake up, which
    # doubles its sleep from 10 ms to a minute: a training of 12 s returned after 20.
    options.autotune.enabled = False
    return tf.data.Dataset.from_generator(lambda: batches, output_signature=signature).prefetch(2).with_options(options)


def release(batches: Generator) -> None:
    """Free the samples that a generator of batches holds: TensorFlow keeps the generator itself for good."""
    while True:
        try:
            return batches.close()
        except ValueError:  # TensorFlow's thread is drawing a batch ahead
            time.sleep(0.001)


def steps_per_execution(steps: int) -> int:
    """Steps that run without a return to Python. They divide an epoch: Keras would round its end up to a whole number.

    >>> [steps_per_execution(steps) for steps in (1, 13, 16, 17, 18, 20)]
    [1, 13, 16, 1, 9, 10]
    """
    return max(number for number in range(1, STEPS_PER_EXECUTION + 1) if steps % number == 0)


def compiled(network, settings: config.Training, steps: int, epochs: int) -> keras.Model:
    """A compiled model that shares the network's layers; the network itself stays free of training."""
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
    # XLA does not help convolutions on a CPU and takes seconds to compile; JAX has no other way to run.
    running = {"jit_compile": keras.backend.backend() == "jax", "steps_per_execution": steps_per_execution(steps)}
    trainer.compile(optimizer, loss, metrics=["accuracy"], **running)
    # Not `optimizer`: with mixed_float16 Keras wraps it in one that scales the loss, whose variables count too.
    trainer.optimizer.build(trainer.trainable_variables)
    return trainer
