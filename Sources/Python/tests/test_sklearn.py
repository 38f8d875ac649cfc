"""The estimator: what scikit-learn asks of one, and what it claims beyond."""

import pickle

import numpy
import pytest
import scipy.sparse
from sklearn.datasets import make_classification
from sklearn.utils.estimator_checks import parametrize_with_checks

from logreg_stream.sklearn import LogRegStreamClassifier

BY_ORDER = "rows are learned one after another: their order counts, and a weight is no repetition"


def not_claimed(estimator):
    return {
        "check_sample_weight_equivalence_on_dense_data": BY_ORDER,
        "check_sample_weight_equivalence_on_sparse_data": BY_ORDER,
    }


@parametrize_with_checks([LogRegStreamClassifier(bits=12)], expected_failed_checks=not_claimed)
def test_what_scikit_learn_asks(estimator, check):
    check(estimator)


@pytest.fixture(scope="module")
def rows():
    return make_classification(600, 10, n_informative=4, n_classes=3, random_state=0)


@pytest.mark.parametrize("form", [numpy.asarray, scipy.sparse.csr_matrix])
@pytest.mark.parametrize("classes", [2, 3])
def test_batches_learn_on_top(rows, form, classes):
    values, labels = rows
    labels = numpy.array(["no", "yes", "maybe"])[labels % classes]
    values = form(values)
    estimator = LogRegStreamClassifier(bits=12)
    for start in range(0, 600, 100):
        part = slice(start, start + 100)
        estimator.partial_fit(values[part], labels[part], classes=numpy.unique(labels))
        # It goes on after it was stored.
        estimator = pickle.loads(pickle.dumps(estimator))
    assert estimator.score(values, labels) > 1.3 / classes
    assert estimator.model_.inspect()["rows"] == 600
    probabilities = estimator.predict_proba(values)
    assert probabilities.shape == (600, classes)
    numpy.testing.assert_allclose(probabilities.sum(axis=1), 1)
    with pytest.raises(ValueError, match="classes is not the same"):
        estimator.partial_fit(values[:10], labels[:10], classes=["other", "no"])


def test_weights_count(rows):
    values, labels = rows[0], (rows[1] == 1).astype(int)
    heavy = numpy.where(labels == 1, 20.0, 1.0)
    for form in (numpy.asarray, scipy.sparse.csr_matrix):
        plain = LogRegStreamClassifier(bits=12, calibrator="none").fit(form(values), labels)
        weighted = LogRegStreamClassifier(bits=12, calibrator="none").fit(form(values), labels, heavy)
        assert weighted.predict_proba(form(values))[:, 1].mean() > plain.predict_proba(form(values))[:, 1].mean()
    with pytest.raises(ValueError, match="Negative values"):
        plain.fit(values, labels, -heavy)


def test_exact_solvers_and_other_options(rows):
    values, labels = rows[0], (rows[1] == 1).astype(int)
    exact = LogRegStreamClassifier(optimizer="lbfgs", l2=1.0, bits=12, options={"numeric_transform": "raw"})
    assert exact.fit(values, labels).score(values, labels) > 0.7
    assert exact.model_.inspect()["optimizer"] == "lbfgs"
