"""Ridge regression of -1 and 1 on features, one class against the rest, with its penalty and its logits.

Three ways to the same kernel: by one decomposition in the dual where samples are few, by Cholesky in the dual where
they are more, and from products of features, added up block after block, where features do not fit in memory.
"""

from collections.abc import Iterator

import numpy as np

from convpipe.training.calibration import logit_factor

#: Penalties that are tried, each 10^0.5 times the one before.
ALPHAS = np.logspace(-4, 6, 21)
#: Most samples that are decomposed into eigenvectors; above that, a Cholesky factor for each penalty is quicker.
MOST_FOR_EIGENVECTORS = 2000


def ridge(features: np.ndarray, labels: np.ndarray, targets: np.ndarray, weights: np.ndarray) -> tuple:
    """Kernel (features, classes) and bias (classes,) of logits.

    Args:
        features: (n, features) float32; used as working memory.
        labels: (n,) integers.
        targets: (n, classes), -1 or 1.
        weights: (n,), how much each sample counts.

    The samples are fewer than the features as a rule, so the solution is a sum of samples and needs only their (n, n)
    products, in float32. The penalty is the one with the least leave-one-out error, and scores become logits by one
    factor that fits the leave-one-out scores (Rifkin and Lippert 2007, "Notes on regularized least squares", sections
    3 and 4).
    """
    share = weights / weights.sum()
    root = np.sqrt(weights / weights.mean()).astype(np.float32)[:, None]
    middle, level = share @ features.astype(np.float64), share @ targets
    features -= middle.astype(np.float32)
    features *= root
    products = (features @ features.T).astype(np.float64)
    solve = _by_eigenvectors if len(labels) <= MOST_FOR_EIGENVECTORS else _by_cholesky
    # Centring is a projection: a left-out sample leaves its share of the mean as well.
    dual, residuals = solve(products, root * (targets - level), root[:, 0].astype(np.float64), share)
    kernel = features.T @ dual.astype(np.float32)
    factor = logit_factor(targets - residuals, labels, weights)
    return factor * kernel, factor * (level - middle @ kernel)


def _by_eigenvectors(products, targets, root, share) -> tuple[np.ndarray, np.ndarray]:
    """Dual coefficients (n, classes) of the best penalty; residuals of each sample by the model of the others."""
    values, vectors = np.linalg.eigh(products)
    values, squared = np.maximum(values, 0.0), vectors**2
    projected = vectors.T @ targets

    def left_out(alpha: float) -> np.ndarray:
        unexplained = 1 - share - squared @ (values / (values + alpha))
        return (vectors @ (projected * (alpha / (values + alpha))[:, None])) / root[:, None] / unexplained[:, None]

    best = min(ALPHAS, key=lambda alpha: float(share @ (left_out(alpha) ** 2).sum(1)))
    return vectors @ (projected / (values + best)[:, None]), left_out(best)


def _by_cholesky(products, targets, root, share) -> tuple[np.ndarray, np.ndarray]:
    """As `_by_eigenvectors`; penalties are tried from the middle of `ALPHAS` downhill."""
    from scipy.linalg import lapack

    def solved(alpha: float) -> tuple[float, np.ndarray, np.ndarray]:
        matrix = products.copy(order="F")
        matrix[np.diag_indices_from(matrix)] += alpha
        factor, _ = lapack.dpotrf(matrix, lower=1, overwrite_a=1)
        dual, _ = lapack.dpotrs(factor, targets, lower=1)
        inverse, _ = lapack.dtrtri(factor, lower=1, overwrite_c=1)
        # One less the hat matrix is alpha times the inverse of the matrix, whose diagonal are these squares.
        unexplained = alpha * np.einsum("ij,ij->j", inverse, inverse) - share
        residuals = alpha * dual / root[:, None] / unexplained[:, None]
        return float(share @ (residuals**2).sum(1)), dual, residuals

    return downhill(solved)[1:]


def downhill(solved) -> tuple:
    """The best of `solved(alpha)`, by its first value: from the middle of `ALPHAS` downhill until it rises."""
    place, found = len(ALPHAS) * 3 // 5, {}
    found[place] = solved(ALPHAS[place])
    for direction in (1, -1):
        if len(found) > 2:  # the first direction went down
            break
        at = place
        while 0 <= at + direction < len(ALPHAS):
            found[at + direction] = solved(ALPHAS[at + direction])
            if found[at + direction][0] >= found[at][0]:
                break
            at += direction
    return min(found.values(), key=lambda each: each[0])


def ridge_of_blocks(
    blocks: Iterator[tuple[np.ndarray, np.ndarray]], held_out: tuple[np.ndarray, np.ndarray], targets, labels, weights
) -> tuple[np.ndarray, np.ndarray]:
    """The same where the features of all samples do not fit in memory.

    Args:
        blocks: rows and their standardised features (rows, features) float32, of all samples that are not held out.
        held_out: rows and features of some samples that choose the penalty and the factor, and count in the end.
        targets, labels, weights: of all samples, as for `ridge`.

    The products of the features fill the lower half of one float32 matrix; the Cholesky factors of the penalties that
    are tried fill its upper half.
    """
    from scipy.linalg import blas, lapack

    count, total = held_out[1].shape[1], 0.0
    products = np.zeros((count, count), np.float32, order="F")
    sums, moments, level = np.zeros(count), np.zeros((count, targets.shape[1])), np.zeros(targets.shape[1])

    def add(rows, features):
        nonlocal products, sums, moments, level, total
        own = weights[rows]
        weighted = features * np.sqrt(own)[:, None].astype(np.float32)
        products = blas.ssyrk(1.0, weighted.T, beta=1.0, c=products, lower=1, overwrite_c=1)
        sums = sums + own @ features.astype(np.float64)
        moments = moments + features.T @ (own[:, None] * targets[rows])
        level, total = level + own @ targets[rows], total + own.sum()

    def solve(alpha: float) -> tuple[np.ndarray, np.ndarray]:
        """Kernel and bias by the samples added so far; NaN where the matrix is singular in float32."""
        nonlocal products
        middle, mean = sums / total, level / total
        root = (middle * np.sqrt(total)).astype(np.float32)
        diagonal = products.diagonal().copy()
        for start in range(0, count, 1024):  # centre the lower half into the upper one
            some, rest = slice(start, start + 1024), slice(start + 1024, count)
            lower = np.tril(products[some, some], -1)
            products[some, some] = lower + lower.T - np.triu(np.outer(root[some], root[some]), 1)
            products[some, rest] = products[rest, some].T - np.outer(root[some], root[rest])
        np.fill_diagonal(products, diagonal - root**2 + np.float32(alpha))
        products, failed = lapack.spotrf(products, lower=0, clean=0, overwrite_a=1)
        kernel, _ = lapack.spotrs(products, (moments - np.outer(sums, mean)).astype(np.float32), lower=0)
        np.fill_diagonal(products, diagonal)
        kernel = np.full_like(kernel, np.nan) if failed else kernel
        return kernel, mean - middle @ kernel

    def error(alpha: float) -> tuple[float, float]:
        kernel, bias = solve(alpha)
        squared = ((held_out[1] @ kernel + bias - targets[held_out[0]]) ** 2).sum(1)
        loss = float(np.average(squared, weights=weights[held_out[0]]))
        return loss if np.isfinite(loss) else np.inf, alpha

    for rows, features in blocks:
        add(rows, features)
    best = downhill(error)[1]
    kernel, bias = solve(best)
    factor = logit_factor(held_out[1] @ kernel + bias, labels[held_out[0]], weights[held_out[0]])
    add(*held_out)
    kernel, bias = solve(best)
    return factor * kernel, factor * bias
