"""The linear classifier of texts: tf-idf of n-grams and a linear support vector machine, solved for.

N-grams are counted here and not by scikit-learn's TfidfVectorizer, the reference in the tests, because the Keras layer
stores their tree. Reference: Fan et al. 2008, "LIBLINEAR: a library for large linear classification", which
scikit-learn carries.
"""

import numpy as np
from scipy import sparse

from convpipe.data.ragged import Ragged
from convpipe.training.batches import Arrays
from convpipe.training.calibration import logit_factor

#: Strengths that are tried, until one is no better: the larger, the closer the training part is followed.
STRENGTHS = (0.3, 1.0, 3.0, 10.0)
#: How exactly a machine is solved for: while its strength is chosen, and at last (scikit-learn's own).
ROUGHLY, EXACTLY = 0.1, 1e-4
#: Parts that texts are dealt into to choose the strength, and up to how many texts each of them is held out in turn.
FOLDS, MOST_FOR_ALL_FOLDS = 5, 2000
#: What a class scores that the machine was not shown: surely not.
ABSENT = -2.0


def solve_texts(layer, train: Arrays, seed: int, balanced: bool) -> np.ndarray:
    """Set the weights of a `TfIdfScores` layer from the training part.

    Args:
        layer: convpipe.models.layers.tf_idf.TfIdfScores.
        train: token ids, (n, steps) padded with 0 or Ragged, and labels.
        seed: deals the texts into parts, and orders the machine's steps.
        balanced: weigh classes equally.

    Returns:
        The logits (n, classes) of the training part.
    """
    tokens, text = end_to_end(train.inputs)
    levels, tree = grow(tokens, text, layer.max_ngram)
    table = counted(levels, text, len(train), len(tree["last_tokens"]))
    idf = np.log((1 + len(train)) / (1 + np.bincount(table.indices, minlength=table.shape[1]))) + 1
    idf[0] = 0.0
    # The logarithm of the counts, and each text of length one.
    table.data = (1 + np.log(table.data)) * idf[table.indices]
    squares = np.asarray(table.multiply(table).sum(axis=1)).ravel()
    table = sparse.diags(1 / np.sqrt(np.where(squares > 0, squares, 1.0))) @ table
    kernel, bias = machine(table, train, seed, balanced)
    layer.assign(tree | {"idf": idf, "kernel": kernel, "bias": bias})
    return table @ kernel + bias


def end_to_end(inputs: np.ndarray | Ragged) -> tuple[np.ndarray, np.ndarray]:
    """All token ids, and the text that each stands in, both (all tokens,)."""
    if isinstance(inputs, Ragged):
        return inputs.values, np.repeat(np.arange(len(inputs)), inputs.steps)
    text, _ = np.nonzero(inputs)
    return inputs[inputs != 0], text


def grow(tokens: np.ndarray, text: np.ndarray, max_ngram: int) -> tuple[list[np.ndarray], dict[str, np.ndarray]]:
    """Number the n-grams of the training texts, as `TfIdfScores` wants them.

    Returns:
        For each order the node of the n-gram that starts at each token, 0 where the text ends before it does; and the
        tree: unigrams, firsts and last_tokens.
    """
    ids, level = np.unique(tokens, return_inverse=True)
    unigrams = np.zeros(ids.max() + 1, np.int64)
    unigrams[ids] = np.arange(1, len(ids) + 1)
    levels, parents, last_tokens = [level + 1], [np.zeros(1 + len(ids), np.int64)], [np.zeros(1, np.int64), ids]
    count, following = len(ids) + 1, tokens
    for order in range(1, max_ngram):
        following = np.append(following[1:], 0)
        whole = np.flatnonzero(text[order:] == text[:-order]) if order < len(text) else np.zeros(0, np.int64)
        code = levels[-1][whole] * np.int64(len(unigrams)) + following[whole]
        codes, place = np.unique(code, return_inverse=True)
        level = np.zeros(len(tokens), np.int64)
        level[whole] = count + place
        levels.append(level)
        parents.append(codes // len(unigrams))
        last_tokens.append(codes % len(unigrams))
        count += len(codes)
    # Node 0 is the parent of single tokens in name only: they are looked up, and nothing is searched below it.
    firsts = np.searchsorted(np.concatenate(parents)[len(ids) + 1 :], np.arange(count + 1)) + len(ids) + 1
    return levels, {"unigrams": unigrams, "firsts": firsts, "last_tokens": np.concatenate(last_tokens)}


def counted(levels: list[np.ndarray], text: np.ndarray, texts: int, nodes: int) -> sparse.csr_matrix:
    """How often each n-gram stands in each text: (texts, nodes) float64, sparse, without explicit zeros."""
    rows = np.concatenate([text[level > 0] for level in levels])
    columns = np.concatenate([level[level > 0] for level in levels])
    return sparse.coo_matrix((np.ones(len(rows)), (rows, columns)), (texts, nodes)).tocsr()


def machine(table: sparse.csr_matrix, train: Arrays, seed: int, balanced: bool) -> tuple[np.ndarray, np.ndarray]:
    """Kernel (nodes, classes) and bias (classes,) of logits: a linear support vector machine, one class against the
    rest, whose strength and temperature are those that suit held-out texts best."""
    fold = dealt(train.labels, seed)
    rounds = [number for number in range(FOLDS if len(train) <= MOST_FOR_ALL_FOLDS else 1) if (fold == number).any()]
    labels = np.concatenate([train.labels[fold == number] for number in rounds])
    best, most, unseen = STRENGTHS[0], -1.0, np.empty(0)
    for strength in STRENGTHS:
        raw = np.concatenate([left_out(table, train, fold, number, strength, seed, balanced) for number in rounds])
        right = float((raw.argmax(1) == labels).mean())
        if right <= most:
            break
        best, most, unseen = strength, right, raw
    factor = logit_factor(unseen, labels, np.ones(len(labels)))
    kernel, bias = separated(table, train.labels, train.classes, best, EXACTLY, seed, balanced)
    return factor * kernel, factor * bias


def left_out(table, train: Arrays, fold: np.ndarray, number: int, strength: float, seed: int, balanced: bool):
    """Raw scores (texts, classes) of the texts of one fold, by a machine that saw all others."""
    shown = fold != number
    kernel, bias = separated(table[shown], train.labels[shown], train.classes, strength, ROUGHLY, seed, balanced)
    return table[~shown] @ kernel + bias


def dealt(labels: np.ndarray, seed: int) -> np.ndarray:
    """The part of each sample, 0 to FOLDS - 1, each class spread over all; -1 for the only one of a class.

    >>> dealt(np.array([0, 0, 1]), seed=0).tolist()
    [0, 1, -1]
    """
    random, fold = np.random.default_rng(seed), np.full(len(labels), -1)
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        if len(members) > 1:
            fold[random.permutation(members)] = np.arange(len(members)) % FOLDS
    return fold


def separated(table, labels: np.ndarray, classes: int, strength: float, tolerance: float, seed: int, balanced: bool):
    """Kernel (nodes, classes) and bias (classes,) of the raw scores of one machine."""
    from sklearn.svm import LinearSVC

    weights = "balanced" if balanced else None
    found = LinearSVC(C=strength, tol=tolerance, class_weight=weights, random_state=seed).fit(table, labels)
    coefficients, intercepts = found.coef_, found.intercept_
    if len(found.classes_) == 2:
        coefficients, intercepts = np.vstack([-coefficients, coefficients]), np.concatenate([-intercepts, intercepts])
    kernel, bias = np.zeros((table.shape[1], classes)), np.full(classes, ABSENT)
    kernel[:, found.classes_], bias[found.classes_] = coefficients.T, intercepts
    return kernel, bias
