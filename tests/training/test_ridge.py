"""Ridge regressions against scikit-learn, against each other and against explicit leave-one-out."""

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


# The products of samples are float32, so a kernel is accurate to five digits.


def test_ridge_equals_scikit_learn_up_to_a_factor():
    table, labels, targets = problem()
    kernel, bias = ridge(table.copy(), labels, targets, np.ones(len(labels)))
    reference = RidgeClassifierCV(alphas=module.ALPHAS).fit(table.astype(np.float64), labels)
    factor = (kernel * reference.coef_.T).sum() / (reference.coef_**2).sum()
    assert factor > 0
    np.testing.assert_allclose(kernel, factor * reference.coef_.T, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(bias, factor * reference.intercept_, rtol=1e-4, atol=1e-6)


def test_sample_weights_are_those_of_weighted_least_squares(monkeypatch):
    table, labels, targets = problem()
    weights = np.random.default_rng(1).uniform(0.2, 3, len(labels))
    monkeypatch.setattr(module, "ALPHAS", [2.0])
    monkeypatch.setattr(module, "logit_factor", lambda *_: 1.0)
    kernel, bias = ridge(table.copy(), labels, targets, weights)
    reference = Ridge(2.0).fit(table.astype(np.float64), targets, weights / weights.mean())
    np.testing.assert_allclose(kernel, reference.coef_.T, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(bias, reference.intercept_, rtol=1e-4, atol=1e-6)


def test_the_factor_is_fitted_to_leave_one_out_scores(monkeypatch):
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


@pytest.fixture(params=[True, False], ids=["blocks", "products"])
def keep_blocks(request):
    return request.param


@pytest.mark.parametrize("features", [60, 1500])
def test_blocks_give_the_solution_of_all_samples_together(features, keep_blocks, monkeypatch):
    table, labels, targets = problem(300, features)
    table += 0.3  # standardizing by the held-out part leaves a mean
    weights = np.random.default_rng(1).uniform(0.2, 3, 300)
    monkeypatch.setattr(module, "ALPHAS", [100.0])
    monkeypatch.setattr(module, "RESIDUAL", 1e-6)
    monkeypatch.setattr(module, "logit_factor", lambda *_: 1.0)
    blocks = ((rows, table[rows]) for rows in np.array_split(np.arange(50, 300), 4))
    kernel, bias = ridge_of_blocks(blocks, (np.arange(50), table[:50]), targets, labels, weights, keep_blocks)
    alpha = 100.0 / weights.mean()  # the weights of the reference have mean one
    reference = Ridge(alpha).fit(table.astype(np.float64), targets, weights / weights.mean())
    np.testing.assert_allclose(kernel, reference.coef_.T, rtol=1e-3, atol=1e-5)
    np.testing.assert_allclose(bias, reference.intercept_, rtol=1e-3, atol=1e-5)


def test_blocks_select_the_penalty_on_the_held_out_samples(keep_blocks, monkeypatch):
    monkeypatch.setattr(module, "RESIDUAL", 1e-6)
    table, labels, targets = problem(400, 80)
    rows, held_out = np.arange(100, 400), np.arange(100)
    blocks, weights = iter([(rows, table[rows])]), np.ones(400)
    kernel, bias = ridge_of_blocks(blocks, (held_out, table[:100]), targets, labels, weights, keep_blocks)

    def error(alpha):
        return ((Ridge(alpha).fit(table[rows], targets[rows]).predict(table[:100]) - targets[:100]) ** 2).mean()

    best = Ridge(min(module.ALPHAS, key=error)).fit(table, targets)
    factor = (kernel * best.coef_.T).sum() / (best.coef_**2).sum()
    np.testing.assert_allclose(kernel, factor * best.coef_.T, rtol=1e-2, atol=1e-4)


def test_collinear_features_have_a_finite_solution(keep_blocks):
    table, labels, targets = problem(200, 30)
    table[:, 1] = table[:, 0] * 1000  # singular without a penalty
    blocks = iter([(np.arange(50, 200), table[50:])])
    kernel, bias = ridge_of_blocks(blocks, (np.arange(50), table[:50]), targets, labels, np.ones(200), keep_blocks)
    assert np.isfinite(kernel).all() and np.isfinite(bias).all()


@pytest.mark.parametrize("classes", [2, 12])
def test_many_samples_are_classified_as_well_as_by_scikit_learn(classes, keep_blocks):
    table, labels, targets = problem(2400, 300, classes)
    test, test_labels, _ = problem(2400, 300, classes, seed=1)
    rows = np.arange(400, 2000)
    blocks = ((own, table[own]) for own in np.array_split(rows, 3))
    kernel, bias = ridge_of_blocks(blocks, (np.arange(400), table[:400]), targets, labels, np.ones(2400), keep_blocks)
    reference = RidgeClassifierCV(alphas=module.ALPHAS).fit(table[:2000], labels[:2000])
    ours = ((test @ kernel + bias).argmax(1) == test_labels).mean()
    assert ours >= reference.score(test, test_labels) - 0.01
