"""A linear layer over the tf-idf of texts; `convpipe.training.tf_idf` sets its weights, without gradients."""

import numpy as np
from keras import layers, ops

from convpipe.models.layers.masking import register

#: Weights of `TfIdfScores`, and their types.
WEIGHTS = dict.fromkeys(("unigrams", "firsts", "last_tokens"), "int32")
WEIGHTS |= dict.fromkeys(("idf", "kernel", "bias"), "float32")


@register
class TfIdfScores(layers.Layer):
    """Logits that are linear in the tf-idf of the n-grams of a text.

    They equal those of scikit-learn's `TfidfVectorizer` with `sublinear_tf=True` over the same tokens, followed by a
    linear classifier. Explanations and safe storage need a Keras layer, so `TfidfVectorizer` is only used in the tests.

    The n-grams are the nodes of a tree, numbered level by level. Node 0 stands for every n-gram that training did not
    see; the nodes of one token follow, then those of two, and so on. The children of a node have consecutive numbers,
    ordered by their last token, so that one binary search per token finds an n-gram. The numbers stay below 2**31 for
    any number of possible n-grams.

    Args:
        classes: number of classes.
        max_ngram: longest n-gram in tokens.

    Input: token ids (batch, steps) int32, 0 after the end of a text. Output: (batch, classes) float32.
    `assign` must have set the weights; their sizes depend on the training part.
    """

    def __init__(self, classes: int, max_ngram: int, **kwargs):
        super().__init__(**{"dtype": "float32", **kwargs})
        self.classes, self.max_ngram = classes, max_ngram

    def build(self, input_shape):
        empty = {"unigrams": np.zeros(1), "firsts": np.zeros(2), "last_tokens": np.zeros(1), "idf": np.zeros(1)}
        self._make(empty | {"kernel": np.zeros((1, self.classes)), "bias": np.zeros(self.classes)})

    def assign(self, values: dict[str, np.ndarray]) -> None:
        """Set all weights.

        Args:
            values: unigrams (ids,): the node of each single token, 0 if there is none. firsts (nodes + 1,): the first
                child of each node; its children end before the next entry. last_tokens (nodes,): the last token id of
                each n-gram. idf (nodes,): inverse document frequencies, 0 for node 0. kernel (nodes, classes), zero for
                node 0, and bias (classes,): the weights of a linear classifier.
        """
        self._tracker.unlock()  # Keras locks the weights of a built layer, but the sizes are known only now
        for variable in self.variables:
            self._untrack_variable(variable)
        self._make(values)
        self._tracker.lock()

    def _make(self, values: dict[str, np.ndarray]) -> None:
        for name, value in values.items():
            options = {"initializer": "zeros", "dtype": WEIGHTS[name], "trainable": name in ("kernel", "bias")}
            variable = self.add_weight(shape=value.shape, name=name, **options)
            variable.assign(value.astype(WEIGHTS[name]))
            setattr(self, name, variable)

    def save_own_variables(self, store):
        for variable in self.variables:
            store[variable.name] = ops.convert_to_numpy(variable)

    def load_own_variables(self, store):
        self.assign({name: np.asarray(store[name]) for name in WEIGHTS})

    def nodes(self, tokens):
        """Return the node of the n-gram that starts at each token, one array (batch, steps) int32 per n-gram length."""
        known = ops.shape(self.unigrams)[0]
        inside = ops.where(tokens < known, tokens, 0)
        nodes = [ops.take(self.unigrams, inside, axis=0)]
        for order in range(1, self.max_ngram):
            following = ops.pad(tokens, [[0, 0], [0, order]])[:, order:]
            nodes.append(self._children(nodes[-1], following))
        return nodes

    def _children(self, parents, tokens):
        """Return the child of each node with the last token `tokens`, 0 if there is none."""
        low, end = ops.take(self.firsts, parents, axis=0), ops.take(self.firsts, parents + 1, axis=0)
        high, last = end, int(self.last_tokens.shape[0]) - 1
        for _ in range((last + 1).bit_length()):
            middle = ops.minimum((low + high) // 2, last)
            less = ops.logical_and(low < high, ops.take(self.last_tokens, middle, axis=0) < tokens)
            low, high = ops.where(less, middle + 1, low), ops.where(less, high, middle)
        place = ops.minimum(low, last)
        exists = ops.logical_and(low < end, ops.equal(ops.take(self.last_tokens, place, axis=0), tokens))
        return ops.where(exists, place, 0)

    def values(self, nodes):
        """Return the normalized tf-idf of n-grams, divided among their occurrences.

        Args:
            nodes: (batch, places) int32, each row sorted.

        Returns:
            (batch, places) float32; the sum over equal nodes is the tf-idf of the n-gram.
        """
        counts = occurrences(nodes)
        weights = (1 + ops.log(counts)) * ops.take(self.idf, nodes, axis=0)
        norm = ops.sqrt(ops.sum(ops.square(weights) / counts, axis=1, keepdims=True))
        return weights / counts / ops.maximum(norm, 1e-12)

    def call(self, inputs):
        nodes = ops.sort(ops.concatenate(self.nodes(inputs), axis=1), axis=1)
        return ops.einsum("bp,bpc->bc", self.values(nodes), ops.take(self.kernel, nodes, axis=0)) + self.bias

    def token_scores(self, inputs):
        """Return the contribution of each token to each logit: (batch, steps, classes) float32.

        The contribution of an n-gram is divided among its tokens. The sum over the steps plus the bias is the logit.
        """
        nodes, steps, total = ops.concatenate(self.nodes(inputs), axis=1), ops.shape(inputs)[1], 0.0
        order = ops.argsort(nodes, axis=1)
        values = self.values(ops.take_along_axis(nodes, order, axis=1))
        values = ops.take_along_axis(values, ops.argsort(order, axis=1), axis=1)
        each = values[..., None] * ops.take(self.kernel, nodes, axis=0)
        for number in range(self.max_ngram):
            share = each[:, number * steps : (number + 1) * steps] / (number + 1)
            for behind in range(number + 1):
                total = total + ops.pad(share, [[0, 0], [behind, 0], [0, 0]])[:, :steps]
        return total

    def multiply_adds(self, shape) -> int:
        """Multiply-adds for one text of `shape` (steps,): one weight per n-gram and class."""
        return shape[0] * self.max_ngram * self.classes

    def compute_output_shape(self, input_shape):
        return (input_shape[0], self.classes)


def occurrences(numbers):
    """Count how often the number at each place occurs in its row: sorted rows (batch, places) int32 to float32.

    >>> ops.convert_to_numpy(occurrences(np.array([[5, 7, 7, 7]], "int32"))).tolist()
    [[1.0, 3.0, 3.0, 3.0]]
    """
    new = ops.cast(ops.not_equal(numbers[:, 1:], numbers[:, :-1]), "int32")
    run = ops.cumsum(ops.pad(new, [[0, 0], [1, 0]]), axis=1)  # equal numbers are one run
    rows, places = ops.shape(numbers)
    runs = ops.reshape(run + ops.arange(rows, dtype="int32")[:, None] * places, (-1,))
    counts = ops.segment_sum(ops.ones_like(runs, dtype="float32"), runs, num_segments=rows * places)
    return ops.reshape(ops.take(counts, runs, axis=0), ops.shape(numbers))
