"""Bags of n-grams: texts whose order of words counts only within a few neighbors."""

import numpy as np
from keras import layers, ops

from convpipe.models.layers.masking import register

#: An odd number near 2**32 over the golden ratio, as int32, which spreads neighboring ids (Knuth, volume 3, 6.4).
SPREAD = -1640531535
#: What the mean is multiplied by: a step of Adam then moves a logit as far as in networks with wider features, and the
#: learning rate that suits them suits this one.
SCALE = 10.0


@register
class BagScores(layers.Layer):
    """A linear layer over the words of a text, each weighed by its inverse document frequency: the wide part of a wide
    and deep network (Cheng et al. 2016, "Wide & deep learning for recommender systems", section 3.1).

    The weights of a text have a Euclidean norm of SCALE. Only words of the training part count.

    Args:
        classes: logits for each text.
        learned: token ids that count; one at or above it counts nothing.

    Input: token ids (batch, steps) int32, 0 after a text's end. Output: (batch, classes) float32.
    """

    def __init__(self, classes: int, learned: int, **kwargs):
        super().__init__(**{"dtype": "float32", **kwargs})
        self.classes, self.learned = classes, learned
        self._start = np.zeros(self.learned, np.float32)

    @classmethod
    def of(cls, classes: int, idf: np.ndarray, name: str) -> "BagScores":
        """The layer for tokens of a known `idf` (learned,)."""
        layer = cls(classes, len(idf), name=name)
        layer._start = idf
        return layer

    def build(self, input_shape):
        initial = lambda shape, dtype=None: ops.cast(self._start, dtype)  # noqa: E731
        self.idf = self.add_weight(shape=(self.learned,), initializer=initial, trainable=False, name="idf")
        self.words = self.add_weight(shape=(self.learned, self.classes), initializer="zeros", name="words")

    def token_scores(self, inputs):
        """What each token adds to each logit: (batch, steps, classes), whose sum over the steps is the logit."""
        ids = ops.where(inputs < self.learned, inputs, 0)
        idf = ops.take(self.idf, ids, axis=0)
        norm = ops.sqrt(ops.sum(ops.square(idf), axis=1, keepdims=True))
        return (SCALE * idf / ops.maximum(norm, 1e-6))[..., None] * ops.take(self.words, ids, axis=0)

    def call(self, inputs):
        return ops.sum(self.token_scores(inputs), axis=1)

    def multiply_adds(self, shape) -> int:
        """Of one text of `shape` (steps,): each token has a weight for each class."""
        return shape[0] * self.classes


@register
class NGramMean(layers.Layer):
    """The mean of the vectors of all tokens of a text and of all its n-grams, times SCALE.

    Vectors begin at zero, so that what training never met moves a text toward no class. A token has a vector of its
    own, n-grams of two tokens and more share `buckets` by a hash.

    Args:
        learned: token ids with a vector; one at or above it counts as the unknown token.
        buckets: vectors that n-grams share.
        dim: numbers of a vector.
        max_ngram: longest n-gram in tokens; 1 for tokens alone.

    Input: token ids (batch, steps) int32, 0 after a text's end. Output: (batch, dimensions) floating.
    """

    def __init__(self, learned: int, buckets: int, dim: int, max_ngram: int = 2, **kwargs):
        super().__init__(**kwargs)
        self.learned, self.buckets, self.dim, self.max_ngram = learned, buckets, dim, max_ngram

    def build(self, input_shape):
        self.words = self.add_weight(shape=(self.learned, self.dim), initializer="zeros", name="words")
        if self.max_ngram > 1:
            self.shared = self.add_weight(shape=(self.buckets, self.dim), initializer="zeros", name="n_grams")

    def places(self, tokens):
        """For each order, which row of its table stands for the n-gram that starts at each token (batch, steps) int32,
        and whether it ends inside the text (batch, steps)."""
        tokens = ops.where(tokens < self.learned, tokens, 1)
        hashed, found = tokens, [(tokens, ops.not_equal(tokens, 0))]
        for order in range(1, self.max_ngram):
            last = ops.pad(tokens, [[0, 0], [0, order]])[:, order:]
            hashed = ops.bitwise_xor(hashed * SPREAD, last) * SPREAD  # int32 that wraps round
            mixed = ops.bitwise_xor(hashed, ops.right_shift(hashed, 15))
            found.append((ops.mod(mixed, self.buckets), ops.not_equal(last, 0)))
        return found

    def vectors(self, tokens):
        """For each order the vectors (batch, steps, dimensions), and the weight of each in the sum (batch, steps)."""
        found = self.places(tokens)
        inside = [ops.cast(there, self.compute_dtype) for _, there in found]
        count = ops.maximum(sum(ops.sum(each, axis=1, keepdims=True) for each in inside), 1)
        tables = [self.words, *(self.shared for _ in range(1, self.max_ngram))]
        looked_up = [ops.take(table, rows, axis=0) for table, (rows, _) in zip(tables, found, strict=True)]
        return [(vectors, SCALE * each / count) for vectors, each in zip(looked_up, inside, strict=True)]

    def call(self, inputs):
        return sum(ops.einsum("bs,bsd->bd", share, vectors) for vectors, share in self.vectors(inputs))

    def token_scores(self, inputs, kernel):
        """What each token adds to each logit behind `kernel` (dimensions, classes), an n-gram's share divided among
        its tokens: (batch, steps, classes)."""
        steps, total = ops.shape(inputs)[1], 0.0
        for order, (vectors, share) in enumerate(self.vectors(inputs)):
            each = ops.einsum("bs,bsd,dc->bsc", share, vectors, kernel) / (order + 1)
            for behind in range(order + 1):
                total = total + ops.pad(each, [[0, 0], [behind, 0], [0, 0]])[:, :steps]
        return total

    def multiply_adds(self, shape) -> int:
        """Of one text of `shape` (steps,): a sum over its tokens and n-grams."""
        return shape[0] * self.max_ngram * self.dim
