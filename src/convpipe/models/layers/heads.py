"""Batch normalization and classifier heads."""

import keras
from keras import layers, ops

from convpipe.models.layers.masking import SegmentAverage, register


@register
class BatchNormalization(layers.BatchNormalization):
    """Batch normalization that uses the fused operation of TensorFlow in training.

    Keras needs about twenty passes over the batch, which take more time than the convolution before them; the fused
    operation needs three. With a mask, it gets only the real steps, concatenated, in two more passes, and padded steps
    become zero. Arguments, statistics, gradients and outputs at real steps are those of
    `keras.layers.BatchNormalization`.
    """

    def call(self, inputs, training=None, mask=None):
        if not (training and self.trainable) or keras.backend.backend() != "tensorflow":
            return super().call(inputs, training=training, mask=mask)
        import tensorflow as tf

        rows = tf.reshape(inputs, (-1, inputs.shape[-1]))
        if mask is None:
            return tf.reshape(self._normalized(rows), tf.shape(inputs))
        # gather_nd and scatter_nd are each other's gradient; the gradient of tf.gather would be summed row by row.
        real = tf.where(tf.reshape(mask, (-1,)))
        normalized = self._normalized(tf.gather_nd(rows, real))
        return tf.reshape(tf.scatter_nd(real, normalized, tf.shape(rows, real.dtype)), tf.shape(inputs))

    def _normalized(self, rows):
        """Normalize rows (n, channels) by their own statistics, and update the moving statistics."""
        import tensorflow as tf

        scale, offset = ops.convert_to_tensor(self.gamma), ops.convert_to_tensor(self.beta)
        fused, image = tf.compat.v1.nn.fused_batch_norm, rows[:, None, None]
        outputs, mean, variance = fused(image, scale, offset, epsilon=self.epsilon, is_training=True)
        count = ops.cast(tf.shape(rows)[0], "float32")
        variance = variance * ((count - 1) / count)  # the operation divides by n - 1, Keras by n
        for moving, batch in ((self.moving_mean, mean), (self.moving_variance, variance)):
            batch = ops.where(count > 0, batch, 0.0)  # NaN if no step is real
            moving.assign(moving * self.momentum + batch * (1.0 - self.momentum))
        return outputs[:, 0, 0]


def batch_norm_relu(inputs, name: str):
    """Batch normalization, then ReLU."""
    return layers.ReLU(name=f"{name}_relu")(BatchNormalization(name=f"{name}_normalization")(inputs))


def pooled_head(features, classes: int, segments: int, dropout: float):
    """The head of convolutional classifiers of series: average over the steps, dropout, one logit per class."""
    outputs = SegmentAverage(segments, name="average")(features)
    return classifier_head(outputs, classes, dropout)


def classifier_head(features, classes: int, dropout: float):
    """Dropout and output layer: features (batch, features) to logits (batch, classes) float32."""
    if dropout:
        features = layers.Dropout(dropout, name="dropout")(features)
    return layers.Dense(int(classes), dtype="float32", name="logits")(features)
