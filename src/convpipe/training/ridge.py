"""Ridge regression on targets of -1 and 1, one class against the rest, with a selected penalty and calibrated logits.

For few samples, one eigendecomposition of their products serves all penalties (`ridge`). For many samples, the same
decomposition is done in a Krylov space of some hundred directions (`ridge_of_blocks`), in time linear in the samples.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from convpipe.training.calibration import logit_factor

#: Candidate penalties, each 10^0.5 times the previous one.
ALPHAS = np.logspace(-4, 6, 21)
#: Most directions of a Krylov space, and its growth factor between two evaluations.
MOST_DIRECTIONS, GROWTH = 600, 1.3
#: The search for the penalty ends when the error has fallen by less than this fraction since the last evaluation.
TOLERANCE = 0.002
#: The solution is refined until its residual is this fraction of the right side.
RESIDUAL = 5e-4
#: A direction shorter than this fraction of the longest one of its block is only rounding error and is dropped.
ROUNDING = 1e-5


def ridge(features: np.ndarray, labels: np.ndarray, targets: np.ndarray, weights: np.ndarray) -> tuple:
    """Fit a ridge regression in its dual form, for fewer samples than features.

    The solution is a linear combination of the samples and needs only their products (n, n), in float32. The penalty
    with the lowest leave-one-out error is selected, and one factor fitted to the leave-one-out scores converts scores
    to logits (Rifkin and Lippert 2007, "Notes on regularized least squares", sections 3 and 4).

    Args:
        features: (n, features) float32; overwritten.
        labels: (n,) integers.
        targets: (n, classes), -1 or 1.
        weights: (n,) sample weights.

    Returns:
        Kernel (features, classes) and bias (classes,) of logits.
    """
    share = weights / weights.sum()
    root = np.sqrt(weights / weights.mean()).astype(np.float32)[:, None]
    mean, level = share @ features.astype(np.float64), share @ targets
    features -= mean.astype(np.float32)
    features *= root
    products = (features @ features.T).astype(np.float64)
    # Centering is a projection: leaving out a sample removes its share of the mean too.
    dual, residuals = _by_eigenvectors(products, root * (targets - level), root[:, 0].astype(np.float64), share)
    kernel = features.T @ dual.astype(np.float32)
    factor = logit_factor(targets - residuals, labels, weights)
    return factor * kernel, factor * (level - mean @ kernel)


def _by_eigenvectors(products, targets, root, share) -> tuple[np.ndarray, np.ndarray]:
    """Return the dual coefficients (n, classes) of the best penalty, and the leave-one-out residuals (n, classes)."""
    values, vectors = np.linalg.eigh(products)
    values, squared = np.maximum(values, 0.0), vectors**2
    projected = vectors.T @ targets

    def left_out(alpha: float) -> np.ndarray:
        unexplained = 1 - share - squared @ (values / (values + alpha))
        return (vectors @ (projected * (alpha / (values + alpha))[:, None])) / root[:, None] / unexplained[:, None]

    best = min(ALPHAS, key=lambda alpha: float(share @ (left_out(alpha) ** 2).sum(1)))
    return vectors @ (projected / (values + best)[:, None]), left_out(best)


class NormalEquations:
    """Left and right side of a ridge regression on weighted, centered features, accumulated block by block.

    Args:
        features, classes: numbers of features and classes.
        keep_blocks: whether to keep the blocks. Otherwise only their products (features, features) float32 are kept,
            whose size does not depend on the number of blocks.
    """

    def __init__(self, features: int, classes: int, keep_blocks: bool):
        self.blocks: list[tuple[np.ndarray, np.ndarray]] | None = [] if keep_blocks else None
        self.products = None if keep_blocks else np.zeros((features, features), np.float32, order="F")
        self.sums, self.moments, self.level = np.zeros(features), np.zeros((features, classes)), np.zeros(classes)
        self.total = 0.0

    def add(self, features: np.ndarray, targets: np.ndarray, weights: np.ndarray) -> None:
        """Add samples.

        Args:
            features: (samples, features) float32; kept without a copy if blocks are kept.
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
        """Return the right side (features, classes): products of features and targets, both centered."""
        return (self.moments - np.outer(self.sums, self.level / self.total)).astype(np.float32)

    def times(self, columns: np.ndarray) -> np.ndarray:
        """Return the left side, without the penalty, times `columns` (features, n) float32."""
        from scipy.linalg import blas

        if self.blocks is None:
            product = blas.ssymm(1.0, self.products, np.asfortranarray(columns), lower=1)
        else:
            product = sum(features.T @ (weights * (features @ columns)) for features, weights in self.blocks)
        mean = (self.sums / np.sqrt(self.total)).astype(np.float32)
        return product - np.outer(mean, mean @ columns)

    def bias(self, kernel: np.ndarray) -> np.ndarray:
        """Return the bias (classes,) for a kernel (features, classes)."""
        return (self.level - self.sums @ kernel) / self.total


class Space(NamedTuple):
    """Normal equations in a subspace.

    Args:
        basis: (features, n) float32, orthonormal.
        left: (n, n), the left side in the basis.
        right: (n, classes), the right side in the basis.
    """

    basis: np.ndarray
    left: np.ndarray
    right: np.ndarray

    def decomposed(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return eigenvalues (n,) and eigenvectors (n, n) of the left side, and the right side in this eigenbasis."""
        values, vectors = np.linalg.eigh(self.left)
        return np.maximum(values, 0.0), vectors, vectors.T @ self.right

    def solution(self, alpha: float) -> np.ndarray:
        """Return the best kernel (features, classes) of this space for a penalty."""
        values, vectors, right = self.decomposed()
        return self.basis @ (vectors @ (right / (values + alpha)[:, None])).astype(np.float32)


def krylov_spaces(equations: NormalEquations, right: np.ndarray) -> Iterator[Space]:
    """Yield growing spaces that approximate the solutions for all penalties.

    Each is spanned by the right side, multiplied repeatedly by the left side, for all classes together (a block
    Krylov space: Golub and Van Loan 2013, "Matrix computations", section 10.3). The last one may be the whole space.

    Args:
        equations: give the left side.
        right: right side (features, classes) float32.
    """
    most = min(len(right), MOST_DIRECTIONS + 10 * right.shape[1])
    basis, left, count, yielded = np.empty((len(right), most), np.float32, order="F"), np.zeros((most, most)), 0, 0
    block = _orthonormal(right)
    while block.shape[1] and count + block.shape[1] <= most:
        start, count = count, count + block.shape[1]
        basis[:, start:count] = block
        product = equations.times(block)
        inside = basis[:, :count].T @ product
        left[:count, start:count], left[start:count, :count] = inside, inside.T
        product -= basis[:, :count] @ inside
        product -= basis[:, :count] @ (basis[:, :count].T @ product)  # float32 needs a second orthogonalization
        block = _orthonormal(product)
        ends = not block.shape[1] or count + block.shape[1] > most
        if ends or count >= GROWTH * yielded:
            yielded = count
            yield Space(basis[:, :count], left[:count, :count], basis[:, :count].T @ right)


def _orthonormal(columns: np.ndarray) -> np.ndarray:
    """Return an orthonormal basis of the span of `columns`, without directions that are only rounding error."""
    vectors, sizes, _ = np.linalg.svd(columns, full_matrices=False)
    return vectors[:, sizes > ROUNDING * sizes.max(initial=np.finfo(np.float32).tiny)]


def ridge_of_blocks(
    blocks: Iterator[tuple[np.ndarray, np.ndarray]],
    held_out: tuple[np.ndarray, np.ndarray],
    targets: np.ndarray,
    labels: np.ndarray,
    weights: np.ndarray,
    keep_blocks: bool = True,
) -> tuple[np.ndarray, np.ndarray]:
    """Fit a ridge regression as `ridge` does, for many samples.

    Args:
        blocks: rows and standardized features (rows, features) float32 of all samples that are not held out.
        held_out: rows and features of the held-out samples. They select penalty and factor; the final solution
            uses them too.
        targets, labels, weights: of all samples, as for `ridge`.
        keep_blocks: whether to keep the features of all samples in memory.
    """
    rows, features = held_out
    equations = NormalEquations(features.shape[1], targets.shape[1], keep_blocks)
    for block_rows, block in blocks:
        equations.add(block, targets[block_rows], weights[block_rows])
    alpha, kernel = _search(equations, features, targets[rows], weights[rows])
    factor = logit_factor(features @ kernel + equations.bias(kernel), labels[rows], weights[rows])
    equations.add(features, targets[rows], weights[rows])
    kernel = _refined(equations, alpha, kernel)
    return factor * kernel, factor * equations.bias(kernel)


def _search(equations: NormalEquations, features, targets, weights) -> tuple[float, np.ndarray]:
    """Return the penalty with the lowest error on the held-out samples, and its kernel.

    Args:
        equations: normal equations of the other samples.
        features, targets, weights: of the held-out samples.
    """
    mean, level = equations.sums / equations.total, equations.level / equations.total
    targets, projected, lowest = targets - level, np.empty((len(features), 0), np.float32), np.inf
    for space in krylov_spaces(equations, equations.right()):
        added = space.basis[:, projected.shape[1] :]
        projected = np.hstack([projected, features @ added - (mean @ added).astype(np.float32)])
        values, vectors, right = space.decomposed()
        rotated = projected @ vectors

        def error(alpha: float, values=values, right=right, rotated=rotated) -> float:
            squared = (rotated @ (right / (values + alpha)[:, None]) - targets) ** 2
            return float(np.average(squared.sum(1), weights=weights))

        best = min(ALPHAS, key=error)
        before, lowest = lowest, error(best)
        if lowest >= (1 - TOLERANCE) * before:
            break
    return best, space.solution(best)


def _refined(equations: NormalEquations, alpha: float, kernel: np.ndarray) -> np.ndarray:
    """Return the solution for a penalty, starting from a kernel close to it."""
    right = equations.right()
    residual = right - equations.times(kernel) - np.float32(alpha) * kernel
    step = np.zeros_like(kernel)
    for space in krylov_spaces(equations, residual):
        step = space.solution(alpha)
        remaining = residual - equations.times(step) - np.float32(alpha) * step
        if np.linalg.norm(remaining) <= RESIDUAL * np.linalg.norm(right):
            break
    return kernel + step
