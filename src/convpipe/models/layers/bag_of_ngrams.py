"""Bags of n-grams: the order of words matters only within a few neighboring words."""

import numpy as np
from keras import layers, ops

from convpipe.models.layers.masking import register

#: Multiplier of the hash: an odd number near 2**32 divided by the golden ratio, as int32 (Knuth, volume 3, 6.4).
MULTIPLIER = -1640531535
#: Factor of the mean. With it, a step of Adam changes a logit as much as in networks with wider features, so the same
#: learning rate suits both.
SCALE = 10.0


@register
class BagScores(layers.Layer):
    """A linear layer over the words of a text, weighted by inverse document frequency: the wide part of a wide and deep
    network (Cheng et al. 2016, "Wide & deep learning for recommender systems", section 3.1).

    The weights of a text have Euclidean norm SCALE. Only words of the training part are used.

    Args:
        classes: number of classes.
        learned: number of token ids that are used; ids at or above it are ignored.

    Input: token ids (batch, steps) int32, 0 after the end of a text. Output: (batch, classes) float32.
    """

    def __init__(self, classes: int, learned: int, **kwargs):
        super().__init__(**{"dtype": "float32", **kwargs})
        self.classes, self.learned = classes, learned
        self._start = np.zeros(self.learned, np.float32)

    @classmethod
    def of(cls, classes: int, idf: np.ndarray, name: str) -> "BagScores":
        """Return the layer with the inverse document frequencies `idf` (learned,)."""
        layer = cls(classes, len(idf), name=name)
        layer._start = idf
        return layer

    def build(self, input_shape):
        initial = lambda shape, dtype=None: ops.cast(self._start, dtype)  # noqa: E731
        self.idf = self.add_weight(shape=(self.learned,), initializer=initial, trainable=False, name="idf")
        self.words = self.add_weight(shape=(self.learned, self.classes), initializer="zeros", name="words")

    def token_scores(self, inputs):
        """Return the contribution of each token to each logit: (batch, steps, classes); their sum is the logits."""
        ids = ops.where(inputs < self.learned, inputs, 0)
        idf = ops.take(self.idf, ids, axis=0)
        norm = ops.sqrt(ops.sum(ops.square(idf), axis=1, keepdims=True))
        return (SCALE * idf / ops.maximum(norm, 1e-6))[..., None] * ops.take(self.words, ids, axis=0)

    def call(self, inputs):
        return ops.sum(self.token_scores(inputs), axis=1)

    def multiply_adds(self, shape) -> int:
        """Multiply-adds for one text of `shape` (steps,): one weight per token and class."""
        return shape[0] * self.classes


@register
class NGramMean(layers.Layer):
    """The mean of the vectors of all tokens and n-grams of a text, times SCALE.

    Vectors start at zero, so that tokens and n-grams that training never saw do not change the prediction. Each token
    has its own vector; n-grams of two or more tokens are hashed into `buckets` vectors.

    Args:
        learned: number of token ids with a vector; ids at or above it count as the unknown token.
        buckets: number of vectors that the n-grams share.
        dim: size of a vector.
        max_ngram: longest n-gram in tokens; 1 for single tokens only.

    Input: token ids (batch, steps) int32, 0 after the end of a text. Output: (batch, dim) floating.
    """

    def __init__(self, learned: int, buckets: int, dim: int, max_ngram: int = 2, **kwargs):
        super().__init__(**kwargs)
        self.learned, self.buckets, self.dim, self.max_ngram = learned, buckets, dim, max_ngram

    def build(self, input_shape):
        self.words = self.add_weight(shape=(self.learned, self.dim), initializer="zeros", name="words")
        if self.max_ngram > 1:
            self.shared = self.add_weight(shape=(self.buckets, self.dim), initializer="zeros", name="n_grams")

    def table_rows(self, tokens):
        """Return the table row of the n-gram that starts at each token, and whether the n-gram ends inside the text.

        There is one such pair for each n-gram length, both (batch, steps), the rows int32.
        """
        tokens = ops.where(tokens < self.learned, tokens, 1)
        hashed, pairs = tokens, [(tokens, ops.not_equal(tokens, 0))]
        for order in range(1, self.max_ngram):
            last = ops.pad(tokens, [[0, 0], [0, order]])[:, order:]
            hashed = ops.bitwise_xor(hashed * MULTIPLIER, last) * MULTIPLIER  # int32 overflow wraps around
            mixed = ops.bitwise_xor(hashed, ops.right_shift(hashed, 15))
            pairs.append((ops.mod(mixed, self.buckets), ops.not_equal(last, 0)))
        return pairs

    def vectors(self, tokens):
        """Return the vectors (batch, steps, dim) of each n-gram length, and their weights in the sum (batch, steps)."""
        pairs = self.table_rows(tokens)
        inside = [ops.cast(is_inside, self.compute_dtype) for _, is_inside in pairs]
        count = ops.maximum(sum(ops.sum(each, axis=1, keepdims=True) for each in inside), 1)
        tables = [self.words, *(self.shared for _ in range(1, self.max_ngram))]
        looked_up = [ops.take(table, rows, axis=0) for table, (rows, _) in zip(tables, pairs, strict=True)]
        return [(vectors, SCALE * each / count) for vectors, each in zip(looked_up, inside, strict=True)]

    def call(self, inputs):
        return sum(ops.einsum("bs,bsd->bd", share, vectors) for vectors, share in self.vectors(inputs))

    def token_scores(self, inputs, kernel):
        """Return the contribution of each token to each logit: (batch, steps, classes).

        The output layer has the kernel `kernel` (dim, classes). The contribution of an n-gram is divided among its
        tokens.
        """
        steps, total = ops.shape(inputs)[1], 0.0
        for order, (vectors, share) in enumerate(self.vectors(inputs)):
            each = ops.einsum("bs,bsd,dc->bsc", share, vectors, kernel) / (order + 1)
            for behind in range(order + 1):
                total = total + ops.pad(each, [[0, 0], [behind, 0], [0, 0]])[:, :steps]
        return total

    def multiply_adds(self, shape) -> int:
        """Multiply-adds for one text of `shape` (steps,): the weighted sum over its tokens and n-grams."""
        return shape[0] * self.max_ngram * self.dim
