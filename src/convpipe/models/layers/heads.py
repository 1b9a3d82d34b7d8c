"""Batch normalisation, and the heads of classifiers."""

import keras
from keras import layers, ops

from convpipe.models.layers.masking import SegmentAverage, register


@register
class BatchNormalization(layers.BatchNormalization):
    """Batch normalisation, in training on TensorFlow computed by its fused operation where no step is masked.

    Keras writes it out in some twenty passes over the batch, which take more time than the convolution before them;
    the fused operation takes three. Arguments, statistics and result as in `keras.layers.BatchNormalization`.
    """

    def call(self, inputs, training=None, mask=None):
        if not training or mask is not None or keras.backend.backend() != "tensorflow":
            return super().call(inputs, training=training, mask=mask)
        import tensorflow as tf

        image = tf.reshape(inputs, (tf.shape(inputs)[0], -1, 1, inputs.shape[-1]))
        scale, offset = ops.convert_to_tensor(self.gamma), ops.convert_to_tensor(self.beta)
        fused = tf.compat.v1.nn.fused_batch_norm
        outputs, mean, variance = fused(image, scale, offset, epsilon=self.epsilon, is_training=True)
        count = ops.cast(ops.size(inputs) // inputs.shape[-1], "float32")
        variance = variance * ((count - 1) / count)  # it gives the one of a sample, Keras keeps that of the batch
        for moving, seen in ((self.moving_mean, mean), (self.moving_variance, variance)):
            moving.assign(moving * self.momentum + seen * (1.0 - self.momentum))
        return ops.reshape(outputs, ops.shape(inputs))


def batch_norm_relu(inputs, name: str):
    """Batch normalisation, then ReLU."""
    return layers.ReLU(name=f"{name}_relu")(BatchNormalization(name=f"{name}_normalization")(inputs))


def pooled_head(features, classes: int, segments: int, dropout: float):
    """The end of every convolutional classifier: average over the series, dropout, one logit a class."""
    outputs = SegmentAverage(segments, name="average")(features)
    return classifier_head(outputs, classes, dropout)


def classifier_head(features, classes: int, dropout: float):
    """Dropout and the output layer: (batch, features) in, (batch, classes) float32 logits out."""
    if dropout:
        features = layers.Dropout(dropout, name="dropout")(features)
    return layers.Dense(int(classes), dtype="float32", name="logits")(features)
