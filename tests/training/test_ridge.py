"""Ridge regressions against scikit-learn, against each other and against leaving samples out one by one."""

import numpy as np
import pytest
from sklearn.linear_model import Ridge, RidgeClassifierCV

from convpipe.training import ridge as module
from convpipe.training.ridge import ridge, ridge_of_blocks


def problem(n=24, features=60, classes=3, seed=0):
    random, labels = np.random.default_rng(seed), np.arange(n) % classes
    table = random.normal(size=(n, features)).astype(np.float32)
    table[:, :classes] += 0.7 * np.eye(classes)[labels]
    return table, labels, 2 * np.eye(classes)[labels] - 1


@pytest.fixture(params=["eigenvectors", "cholesky"])
def way(request, monkeypatch):
    monkeypatch.setattr(module, "MOST_FOR_EIGENVECTORS", 1000 if request.param == "eigenvectors" else 0)


# The products of samples are float32, so that a kernel is right to five digits.


@pytest.mark.usefixtures("way")
def test_ridge_is_scikit_learns_up_to_one_factor():
    table, labels, targets = problem()
    kernel, bias = ridge(table.copy(), labels, targets, np.ones(len(labels)))
    reference = RidgeClassifierCV(alphas=module.ALPHAS).fit(table.astype(np.float64), labels)
    factor = (kernel * reference.coef_.T).sum() / (reference.coef_**2).sum()
    assert factor > 0
    np.testing.assert_allclose(kernel, factor * reference.coef_.T, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(bias, factor * reference.intercept_, rtol=1e-4, atol=1e-6)


@pytest.mark.usefixtures("way")
def test_weights_of_samples_are_those_of_weighted_least_squares(monkeypatch):
    table, labels, targets = problem()
    weights = np.random.default_rng(1).uniform(0.2, 3, len(labels))
    monkeypatch.setattr(module, "ALPHAS", [2.0])
    monkeypatch.setattr(module, "logit_factor", lambda *_: 1.0)
    kernel, bias = ridge(table.copy(), labels, targets, weights)
    reference = Ridge(2.0).fit(table.astype(np.float64), targets, weights / weights.mean())
    np.testing.assert_allclose(kernel, reference.coef_.T, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(bias, reference.intercept_, rtol=1e-4, atol=1e-6)


@pytest.mark.usefixtures("way")
def test_the_factor_is_fitted_to_scores_of_samples_left_out(monkeypatch):
    table, labels, targets = problem()
    weights, seen = np.random.default_rng(1).uniform(0.2, 3, len(labels)), []
    monkeypatch.setattr(module, "ALPHAS", [5.0])
    monkeypatch.setattr(module, "logit_factor", lambda raw, *_: seen.append(raw) or 1.0)
    ridge(table.copy(), labels, targets, weights)
    scaled = weights / weights.mean()
    for left in range(len(labels)):
        others = np.arange(len(labels)) != left
        reference = Ridge(5.0).fit(table[others].astype(np.float64), targets[others], scaled[others])
        np.testing.assert_allclose(seen[0][left], reference.predict(table[[left]])[0], rtol=1e-4, atol=1e-5)


def test_penalties_are_tried_downhill():
    tried = []

    def solved(alpha):
        tried.append(alpha)
        return (np.log10(alpha) - 4) ** 2, alpha

    assert module.downhill(solved)[1] == pytest.approx(1e4)
    assert len(tried) < len(module.ALPHAS) / 2


@pytest.mark.parametrize("features", [60, 1500])
def test_blocks_give_what_all_samples_together_give(features, monkeypatch):
    table, labels, targets = problem(300, features)
    table += 0.3  # the standardisation of a part leaves a mean
    weights = np.random.default_rng(1).uniform(0.2, 3, 300)
    monkeypatch.setattr(module, "ALPHAS", [100.0])
    monkeypatch.setattr(module, "logit_factor", lambda *_: 1.0)
    blocks = ((rows, table[rows]) for rows in np.array_split(np.arange(50, 300), 4))
    kernel, bias = ridge_of_blocks(blocks, (np.arange(50), table[:50]), targets, labels, weights)
    alpha = 100.0 / weights.mean()  # its weights have a mean of one
    reference = Ridge(alpha).fit(table.astype(np.float64), targets, weights / weights.mean())
    np.testing.assert_allclose(kernel, reference.coef_.T, rtol=1e-3, atol=1e-5)
    np.testing.assert_allclose(bias, reference.intercept_, rtol=1e-3, atol=1e-5)


def test_blocks_choose_the_penalty_on_the_samples_held_out():
    table, labels, targets = problem(400, 80)
    rows, held_out = np.arange(100, 400), np.arange(100)
    kernel, bias = ridge_of_blocks(iter([(rows, table[rows])]), (held_out, table[:100]), targets, labels, np.ones(400))

    def error(alpha):
        return ((Ridge(alpha).fit(table[rows], targets[rows]).predict(table[:100]) - targets[:100]) ** 2).mean()

    best = Ridge(min(module.ALPHAS, key=error)).fit(table, targets)
    factor = (kernel * best.coef_.T).sum() / (best.coef_**2).sum()
    np.testing.assert_allclose(kernel, factor * best.coef_.T, rtol=1e-2, atol=1e-4)


def test_a_penalty_that_float32_cannot_solve_for_is_left_out(monkeypatch):
    table, labels, targets = problem(200, 30)
    table[:, 1] = table[:, 0] * 1000  # singular without a penalty
    monkeypatch.setattr(module, "ALPHAS", [1e-30, 1e-30, 1e-30, 10.0])
    kernel, bias = ridge_of_blocks(
        iter([(np.arange(50, 200), table[50:])]), (np.arange(50), table[:50]), targets, labels, np.ones(200)
    )
    assert np.isfinite(kernel).all() and np.isfinite(bias).all()
