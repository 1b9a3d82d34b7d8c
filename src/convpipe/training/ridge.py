"""Ridge regression of -1 and 1 on features, one class against the rest, with its penalty and its logits.

Where samples are few, one decomposition of their products serves every penalty (`ridge`). Where they are many, the same
decomposition in a Krylov space of some hundred directions does (`ridge_of_blocks`), in time that grows with the samples
and no faster.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from convpipe.training.calibration import logit_factor

#: Penalties that are tried, each 10^0.5 times the one before.
ALPHAS = np.logspace(-4, 6, 21)
#: Most directions of a Krylov space, and how many times as many there are at the next look at it.
MOST_DIRECTIONS, GROWTH = 600, 1.3
#: The search for the penalty ends where the error fell by less than this share since the last look.
ENOUGH = 0.002
#: The solution is refined until its residual is this share of the right side.
RESIDUAL = 5e-4
#: A direction shorter than this share of the longest one of its block is left out: it is only rounding.
NOTHING = 1e-5


def ridge(features: np.ndarray, labels: np.ndarray, targets: np.ndarray, weights: np.ndarray) -> tuple:
    """Kernel (features, classes) and bias (classes,) of logits.

    Args:
        features: (n, features) float32; used as working memory.
        labels: (n,) integers.
        targets: (n, classes), -1 or 1.
        weights: (n,), how much each sample counts.

    The samples are fewer than the features, so the solution is a sum of samples and needs only their (n, n) products,
    in float32. The penalty is the one with the least leave-one-out error, and scores become logits by one
    factor that fits the leave-one-out scores (Rifkin and Lippert 2007, "Notes on regularized least squares", sections
    3 and 4).
    """
    share = weights / weights.sum()
    root = np.sqrt(weights / weights.mean()).astype(np.float32)[:, None]
    middle, level = share @ features.astype(np.float64), share @ targets
    features -= middle.astype(np.float32)
    features *= root
    products = (features @ features.T).astype(np.float64)
    # Centring is a projection: a left-out sample leaves its share of the mean as well.
    dual, residuals = _by_eigenvectors(products, root * (targets - level), root[:, 0].astype(np.float64), share)
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


class NormalEquations:
    """The left and right side of a ridge regression on weighted, centered features, added up block after block.

    Args:
        features, classes: how many there are.
        keeps: whether the blocks are kept; else their products (features, features) float32 are, which take no more
            memory however many blocks there are.
    """

    def __init__(self, features: int, classes: int, keeps: bool):
        self.blocks: list[tuple[np.ndarray, np.ndarray]] | None = [] if keeps else None
        self.products = None if keeps else np.zeros((features, features), np.float32, order="F")
        self.sums, self.moments, self.level = np.zeros(features), np.zeros((features, classes)), np.zeros(classes)
        self.total = 0.0

    def add(self, features: np.ndarray, targets: np.ndarray, weights: np.ndarray) -> None:
        """Add samples.

        Args:
            features: (samples, features) float32, kept where blocks are.
            targets: (samples, classes).
            weights: (samples,).
        """
        from scipy.linalg import blas

        if self.blocks is None:
            weighted = features * np.sqrt(weights)[:, None].astype(np.float32)
            self.products = blas.ssyrk(1.0, weighted.T, beta=1.0, c=self.products, lower=1, overwrite_c=1)
        else:
            self.blocks.append((features, weights[:, None].astype(np.float32)))
        self.sums += weights @ features
        self.moments += features.T @ (weights[:, None] * targets).astype(np.float32)
        self.level += weights @ targets
        self.total += weights.sum()

    def right(self) -> np.ndarray:
        """The right side (features, classes): products of features and targets, both centered."""
        return (self.moments - np.outer(self.sums, self.level / self.total)).astype(np.float32)

    def times(self, columns: np.ndarray) -> np.ndarray:
        """The left side, without the penalty, times `columns` (features, n) float32."""
        from scipy.linalg import blas

        if self.blocks is None:
            found = blas.ssymm(1.0, self.products, np.asfortranarray(columns), lower=1)
        else:
            found = sum(features.T @ (weights * (features @ columns)) for features, weights in self.blocks)
        mean = (self.sums / np.sqrt(self.total)).astype(np.float32)
        return found - np.outer(mean, mean @ columns)

    def bias(self, kernel: np.ndarray) -> np.ndarray:
        """The bias (classes,) that goes with a kernel (features, classes)."""
        return (self.level - self.sums @ kernel) / self.total


class Space(NamedTuple):
    """Normal equations in a subspace.

    Args:
        basis: (features, n) float32, orthonormal.
        left: (n, n) and right (n, classes): the two sides in it.
    """

    basis: np.ndarray
    left: np.ndarray
    right: np.ndarray

    def decomposed(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Eigenvalues (n,) and eigenvectors (n, n) of the left side, and the right side in these."""
        values, vectors = np.linalg.eigh(self.left)
        return np.maximum(values, 0.0), vectors, vectors.T @ self.right

    def solution(self, alpha: float) -> np.ndarray:
        """The best kernel (features, classes) in this space for a penalty."""
        values, vectors, right = self.decomposed()
        return self.basis @ (vectors @ (right / (values + alpha)[:, None])).astype(np.float32)


def krylov_spaces(equations: NormalEquations, right: np.ndarray) -> Iterator[Space]:
    """Growing spaces in which the solutions for all penalties lie nearly.

    Each is spanned by the right side and by the left side times it, over and over, all classes together (a block
    Krylov space: Golub and Van Loan 2013, "Matrix computations", section 10.3). The last one may be the whole space.

    Args:
        equations: their left side.
        right: (features, classes) float32.
    """
    most = min(len(right), MOST_DIRECTIONS + 10 * right.shape[1])
    basis, left, count, looked = np.empty((len(right), most), np.float32, order="F"), np.zeros((most, most)), 0, 0
    block = _orthonormal(right)
    while block.shape[1] and count + block.shape[1] <= most:
        start, count = count, count + block.shape[1]
        basis[:, start:count] = block
        product = equations.times(block)
        inside = basis[:, :count].T @ product
        left[:count, start:count], left[start:count, :count] = inside, inside.T
        product -= basis[:, :count] @ inside
        product -= basis[:, :count] @ (basis[:, :count].T @ product)  # once more, for float32
        block = _orthonormal(product)
        ends = not block.shape[1] or count + block.shape[1] > most
        if ends or count >= GROWTH * looked:
            looked = count
            yield Space(basis[:, :count], left[:count, :count], basis[:, :count].T @ right)


def _orthonormal(columns: np.ndarray) -> np.ndarray:
    """An orthonormal basis of what `columns` span, without directions that are only rounding."""
    vectors, sizes, _ = np.linalg.svd(columns, full_matrices=False)
    return vectors[:, sizes > NOTHING * sizes.max(initial=np.finfo(np.float32).tiny)]


def ridge_of_blocks(
    blocks: Iterator[tuple[np.ndarray, np.ndarray]],
    held_out: tuple[np.ndarray, np.ndarray],
    targets: np.ndarray,
    labels: np.ndarray,
    weights: np.ndarray,
    keeps: bool = True,
) -> tuple[np.ndarray, np.ndarray]:
    """The same as `ridge` for many samples.

    Args:
        blocks: rows and their standardized features (rows, features) float32, of all samples that are not held out.
        held_out: rows and features of some samples that choose the penalty and the factor, and count in the end.
        targets, labels, weights: of all samples, as for `ridge`.
        keeps: whether the features of all samples fit in memory.
    """
    rows, features = held_out
    equations = NormalEquations(features.shape[1], targets.shape[1], keeps)
    for own, block in blocks:
        equations.add(block, targets[own], weights[own])
    alpha, kernel = _search(equations, features, targets[rows], weights[rows])
    factor = logit_factor(features @ kernel + equations.bias(kernel), labels[rows], weights[rows])
    equations.add(features, targets[rows], weights[rows])
    kernel = _refined(equations, alpha, kernel)
    return factor * kernel, factor * equations.bias(kernel)


def _search(equations: NormalEquations, features, targets, weights) -> tuple[float, np.ndarray]:
    """The penalty with the least error on held-out samples, and its kernel.

    Args:
        equations: of the other samples.
        features, targets, weights: of the held-out samples.
    """
    mean, level = equations.sums / equations.total, equations.level / equations.total
    targets, seen, lowest = targets - level, np.empty((len(features), 0), np.float32), np.inf
    for space in krylov_spaces(equations, equations.right()):
        added = space.basis[:, seen.shape[1] :]
        seen = np.hstack([seen, features @ added - (mean @ added).astype(np.float32)])
        values, vectors, right = space.decomposed()
        rotated = seen @ vectors

        def error(alpha: float, values=values, right=right, rotated=rotated) -> float:
            squared = (rotated @ (right / (values + alpha)[:, None]) - targets) ** 2
            return float(np.average(squared.sum(1), weights=weights))

        best = min(ALPHAS, key=error)
        before, lowest = lowest, error(best)
        if lowest >= (1 - ENOUGH) * before:
            break
    return best, space.solution(best)


def _refined(equations: NormalEquations, alpha: float, kernel: np.ndarray) -> np.ndarray:
    """The solution for a penalty, from a kernel that is near it."""
    right = equations.right()
    rest = right - equations.times(kernel) - np.float32(alpha) * kernel
    step = np.zeros_like(kernel)
    for space in krylov_spaces(equations, rest):
        step = space.solution(alpha)
        left = rest - equations.times(step) - np.float32(alpha) * step
        if np.linalg.norm(left) <= RESIDUAL * np.linalg.norm(right):
            break
    return kernel + step
