"""Batch normalization, and the heads of classifiers."""

import keras
from keras import layers, ops

from convpipe.models.layers.masking import SegmentAverage, register


@register
class BatchNormalization(layers.BatchNormalization):
    """Batch normalization, in training on TensorFlow computed by its fused operation.

    Keras writes it out in some twenty passes over the batch, which take more time than the convolution before them;
    the fused operation takes three. Where steps are masked, it is given the real steps alone, end to end, and padded
    steps become zero; two more passes move them. Arguments, statistics, gradients and real steps of the result as in
    `keras.layers.BatchNormalization`.
    """

    def call(self, inputs, training=None, mask=None):
        if not (training and self.trainable) or keras.backend.backend() != "tensorflow":
            return super().call(inputs, training=training, mask=mask)
        import tensorflow as tf

        rows = tf.reshape(inputs, (-1, inputs.shape[-1]))
        if mask is None:
            return tf.reshape(self._normalized(rows), tf.shape(inputs))
        # gather_nd and scatter_nd are each other's gradient; that of tf.gather would be summed up row by row.
        real = tf.where(tf.reshape(mask, (-1,)))
        normalized = self._normalized(tf.gather_nd(rows, real))
        return tf.reshape(tf.scatter_nd(real, normalized, tf.shape(rows, real.dtype)), tf.shape(inputs))

    def _normalized(self, rows):
        """Rows (n, channels) normalized by their own statistics, which move the layer's."""
        import tensorflow as tf

        scale, offset = ops.convert_to_tensor(self.gamma), ops.convert_to_tensor(self.beta)
        fused, image = tf.compat.v1.nn.fused_batch_norm, rows[:, None, None]
        outputs, mean, variance = fused(image, scale, offset, epsilon=self.epsilon, is_training=True)
        count = ops.cast(tf.shape(rows)[0], "float32")
        variance = variance * ((count - 1) / count)  # it gives the one of a sample, Keras keeps that of the batch
        for moving, seen in ((self.moving_mean, mean), (self.moving_variance, variance)):
            seen = ops.where(count > 0, seen, 0.0)  # NaN where no step is real
            moving.assign(moving * self.momentum + seen * (1.0 - self.momentum))
        return outputs[:, 0, 0]


def batch_norm_relu(inputs, name: str):
    """Batch normalization, then ReLU."""
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
