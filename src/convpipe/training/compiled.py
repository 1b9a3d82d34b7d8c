"""What runs the steps of a training: the network with optimizer and loss, batches as the backend wants them, and
passes through the network without a gradient."""

from collections.abc import Callable

import keras

from convpipe import config
from convpipe.data.batches import Arrays
from convpipe.training.schedules import learning_rate

#: Most steps that run without a return to Python; a call costs as much as a step of a small network.
TOGETHER = 16


def as_dataset(batches, network, train: Arrays):
    """The batches as a tf.data set of the shapes that `network` takes, so that TensorFlow compiles once; as they are
    elsewhere."""
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


def together(steps: int) -> int:
    """Steps that run without a return to Python. They divide an epoch: Keras would round its end up to a whole number.

    >>> [together(steps) for steps in (1, 13, 16, 17, 18, 20)]
    [1, 13, 16, 1, 9, 10]
    """
    return max(number for number in range(1, TOGETHER + 1) if steps % number == 0)


def compiled(network, settings: config.Training, steps: int, epochs: int) -> keras.Model:
    """A compiled model that shares the network's layers; the network itself stays free of training."""
    rate = learning_rate(settings, steps * epochs)
    common = {"global_clipnorm": settings.gradient_clipping or None}
    if settings.average:
        common |= {"use_ema": True, "ema_momentum": settings.average}
    if settings.optimizer == "sgd":
        optimizer = keras.optimizers.SGD(rate, momentum=0.9, nesterov=True, **common)
    else:
        optimizer = keras.optimizers.AdamW(rate, weight_decay=settings.weight_decay, **common)
    if settings.loss == "focal":
        loss = keras.losses.CategoricalFocalCrossentropy(
            alpha=1.0, gamma=settings.focal_gamma, from_logits=True, label_smoothing=settings.label_smoothing
        )
    else:
        loss = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=settings.label_smoothing)
    trainer = keras.Model(network.inputs, network.outputs)
    # XLA does not help convolutions on a CPU and takes seconds to compile; JAX has no other way to run.
    jit = keras.backend.backend() == "jax"
    trainer.compile(optimizer, loss, metrics=["accuracy"], jit_compile=jit, steps_per_execution=together(steps))
    # Not `optimizer`: with mixed_float16 Keras wraps it in one that scales the loss, whose variables count too.
    trainer.optimizer.build(trainer.trainable_variables)
    return trainer


def traced(function: Callable, network, *scalars: str) -> Callable:
    """`function` of a batch that `network` takes and of numbers, compiled for batches of any size on TensorFlow, where
    many passes through small layers take two to four times as long one operation at a time; itself elsewhere.

    Args:
        function: runs `network`.
        network: an uncompiled model.
        scalars: names of further arguments, each a float32 tensor in a compiled function.
    """
    if keras.backend.backend() != "tensorflow":
        return function
    import tensorflow as tf

    (taken,) = network.inputs
    signature = [tf.TensorSpec(taken.shape, tf.as_dtype(taken.dtype))]
    signature += [tf.TensorSpec((), tf.float32, name) for name in scalars]
    return tf.function(function, input_signature=signature, autograph=False)


def forward(network) -> Callable:
    """The logits of a batch, without training; compiled once a network, and kept with it."""
    if "forward" not in vars(network):
        # Past Keras, which would take it for a part of the network.
        object.__setattr__(network, "forward", traced(lambda batch: network(batch, training=False), network))
    return network.forward
