"""The linear classifier of texts: tf-idf of n-grams and a linear support vector machine.

N-grams are counted here and not by scikit-learn's TfidfVectorizer, because the Keras layer stores their tree; the tests
compare with TfidfVectorizer. The machine is scikit-learn's LinearSVC. Reference: Fan et al. 2008, "LIBLINEAR: a library
for large linear classification".
"""

import numpy as np
from scipy import sparse

from convpipe.data.ragged import Ragged
from convpipe.training.batches import Arrays
from convpipe.training.calibration import logit_factor

#: Candidates for C of LinearSVC, tried in this order until one is no better.
STRENGTHS = (0.3, 1.0, 3.0, 10.0)
#: Tolerance of LinearSVC while C is selected, and of the final fit (the default of scikit-learn).
ROUGHLY, EXACTLY = 0.1, 1e-4
#: Folds of the selection of C, and most texts for which all of them are used; with more texts, only one is.
FOLDS, MOST_FOR_ALL_FOLDS = 5, 2000
#: Score of a class without training texts.
ABSENT = -2.0


def solve_texts(layer, train: Arrays, seed: int, balanced: bool) -> np.ndarray:
    """Set the weights of a `TfIdfScores` layer from the training part.

    Args:
        layer: convpipe.models.layers.tf_idf.TfIdfScores.
        train: token ids, (n, steps) padded with 0 or `Ragged`, and labels.
        seed: draws the folds, and seeds LinearSVC.
        balanced: whether to weight classes equally.

    Returns:
        The logits (n, classes) of the training part.
    """
    tokens, text = flatten(train.inputs)
    levels, tree = build_tree(tokens, text, layer.max_ngram)
    table = count_ngrams(levels, text, len(train), len(tree["last_tokens"]))
    idf = np.log((1 + len(train)) / (1 + np.bincount(table.indices, minlength=table.shape[1]))) + 1
    idf[0] = 0.0
    # Sublinear counts; then each text is scaled to norm one.
    table.data = (1 + np.log(table.data)) * idf[table.indices]
    squares = np.asarray(table.multiply(table).sum(axis=1)).ravel()
    table = sparse.diags(1 / np.sqrt(np.where(squares > 0, squares, 1.0))) @ table
    kernel, bias = fit_logits(table, train, seed, balanced)
    layer.assign(tree | {"idf": idf, "kernel": kernel, "bias": bias})
    return table @ kernel + bias


def flatten(inputs: np.ndarray | Ragged) -> tuple[np.ndarray, np.ndarray]:
    """Return all token ids without padding and the number of the text of each, both (all tokens,)."""
    if isinstance(inputs, Ragged):
        return inputs.values, np.repeat(np.arange(len(inputs)), inputs.steps)
    text, _ = np.nonzero(inputs)
    return inputs[inputs != 0], text


def build_tree(tokens: np.ndarray, text: np.ndarray, max_ngram: int) -> tuple[list[np.ndarray], dict[str, np.ndarray]]:
    """Number the n-grams of the training texts in the order that `TfIdfScores` expects.

    Returns:
        For each n-gram length, the node of the n-gram that starts at each token, 0 if it would exceed the text; and
        the tree: unigrams, firsts and last_tokens.
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
    # Node 0 has no children here: single tokens are looked up in `unigrams` and not searched.
    firsts = np.searchsorted(np.concatenate(parents)[len(ids) + 1 :], np.arange(count + 1)) + len(ids) + 1
    return levels, {"unigrams": unigrams, "firsts": firsts, "last_tokens": np.concatenate(last_tokens)}


def count_ngrams(levels: list[np.ndarray], text: np.ndarray, texts: int, nodes: int) -> sparse.csr_matrix:
    """Count each n-gram in each text: (texts, nodes) float64, sparse, without explicit zeros."""
    rows = np.concatenate([text[level > 0] for level in levels])
    columns = np.concatenate([level[level > 0] for level in levels])
    return sparse.coo_matrix((np.ones(len(rows)), (rows, columns)), (texts, nodes)).tocsr()


def fit_logits(table: sparse.csr_matrix, train: Arrays, seed: int, balanced: bool) -> tuple[np.ndarray, np.ndarray]:
    """Fit a linear support vector machine, one class against the rest; held-out texts select C and the temperature.

    Returns:
        Kernel (nodes, classes) and bias (classes,) of logits.
    """
    fold = assign_folds(train.labels, seed)
    folds = [number for number in range(FOLDS if len(train) <= MOST_FOR_ALL_FOLDS else 1) if (fold == number).any()]
    labels = np.concatenate([train.labels[fold == number] for number in folds])
    best, highest, best_scores = STRENGTHS[0], -1.0, np.empty(0)
    for strength in STRENGTHS:
        scores = [held_out_scores(table, train, fold, number, strength, seed, balanced) for number in folds]
        raw = np.concatenate(scores)
        accuracy = float((raw.argmax(1) == labels).mean())
        if accuracy <= highest:
            break
        best, highest, best_scores = strength, accuracy, raw
    factor = logit_factor(best_scores, labels, np.ones(len(labels)))
    kernel, bias = fit_svm(table, train.labels, train.classes, best, EXACTLY, seed, balanced)
    return factor * kernel, factor * bias


def held_out_scores(table, train: Arrays, fold: np.ndarray, number: int, strength: float, seed: int, balanced: bool):
    """Return the raw scores (texts, classes) of the texts of one fold, by a machine trained on all other texts."""
    others = fold != number
    kernel, bias = fit_svm(table[others], train.labels[others], train.classes, strength, ROUGHLY, seed, balanced)
    return table[~others] @ kernel + bias


def assign_folds(labels: np.ndarray, seed: int) -> np.ndarray:
    """Return the fold of each sample, 0 to FOLDS - 1, stratified by class; -1 for the only sample of a class.

    >>> assign_folds(np.array([0, 0, 1]), seed=0).tolist()
    [0, 1, -1]
    """
    random, fold = np.random.default_rng(seed), np.full(len(labels), -1)
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        if len(members) > 1:
            fold[random.permutation(members)] = np.arange(len(members)) % FOLDS
    return fold


def fit_svm(table, labels: np.ndarray, classes: int, strength: float, tolerance: float, seed: int, balanced: bool):
    """Fit one LinearSVC; return kernel (nodes, classes) and bias (classes,) of its raw scores."""
    from sklearn.svm import LinearSVC

    weights = "balanced" if balanced else None
    svm = LinearSVC(C=strength, tol=tolerance, class_weight=weights, random_state=seed).fit(table, labels)
    coefficients, intercepts = svm.coef_, svm.intercept_
    if len(svm.classes_) == 2:
        coefficients, intercepts = np.vstack([-coefficients, coefficients]), np.concatenate([-intercepts, intercepts])
    kernel, bias = np.zeros((table.shape[1], classes)), np.full(classes, ABSENT)
    kernel[:, svm.classes_], bias[svm.classes_] = coefficients.T, intercepts
    return kernel, bias
