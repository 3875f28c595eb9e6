import json
from pathlib import Path

import numpy as np
import pytest
from sklearn.ensemble import ExtraTreesClassifier

from solon.evaluation.refusals.features import NAMES
from solon.evaluation.refusals.fit import DEPTH, FEATURE_SHARE, LEAST_LEAF, NUM_TREES, fit_trees
from solon.evaluation.refusals.model import FILE, Classifier, Tree, forest_of, forest_probs, softmax, standardised
from solon.evaluation.refusals.terms import Terms

DEEP: Tree = [[0, 1.0, 4], [1, 5.0, 3], [1, 0], [0, 1], [0, 0]]
"""x0 <= 1 ? (x1 <= 5 ? none : partial) : full"""


def test_a_tree_is_walked_left_where_a_number_is_at_most_the_threshold() -> None:
    seen = np.array([[1.0, 5.0], [0.0, 6.0], [2.0, 0.0]])
    assert forest_probs(forest_of([DEEP]), seen).tolist() == np.eye(3).tolist()


def test_a_forest_is_the_mean_of_its_trees_however_deep_each_is() -> None:
    told = forest_probs(forest_of([[[0.5, 0.25]], DEEP]), np.array([[1.0, 9.0]]))
    assert told.tolist() == [[0.25, 0.625, 0.125]]


def test_a_document_of_the_library_is_the_forest_that_it_fitted() -> None:
    rng = np.random.default_rng(0)
    seen, label = rng.normal(size=(60, 4)).round(2), np.arange(60) % 3
    grown = ExtraTreesClassifier(
        NUM_TREES, max_depth=DEPTH, min_samples_leaf=LEAST_LEAF, max_features=FEATURE_SHARE, random_state=3
    ).fit(seen, label)
    told = forest_probs(forest_of(fit_trees(seen, label, seed=3)), seen)
    # shares are kept with two digits, thresholds with three
    assert np.abs(told - grown.predict_proba(seen)).max() < 0.01


def test_features_far_from_their_mean_are_cut() -> None:
    assert standardised(np.array([[10.0, 3.0]]), np.array([0.0, 1.0]), np.array([1.0, 4.0])).tolist() == [[3.0, 0.5]]


def test_terms_weigh_as_the_formula_says() -> None:
    # of 2 texts "b" stands in both, "a" in one: idf_b = 1 + log(3 / 3) = 1, idf_a = 1 + log(3 / 2)
    terms = Terms.found_in([["a", "b", "b"], ["b"]], num_tokens=None, longest=1, at_least=1)
    places, weights = terms.weigh(["b", "a", "b"])
    raw = {"a": 1 + np.log(1.5), "b": 1 + np.log(2)}
    length = np.hypot(raw["a"], raw["b"])
    assert [list(terms.places)[i] for i in places] == ["b", "a"]
    assert weights.tolist() == pytest.approx([raw["b"] / length, raw["a"] / length], abs=1e-3)


def test_terms_that_are_rare_or_stand_late_are_left_out() -> None:
    terms = Terms.found_in([["a", "b", "c"], ["a", "b", "c"], ["x"]], num_tokens=2, longest=2, at_least=2)
    assert list(terms.places) == ["a", "a b", "b"]
    assert len(terms.weigh(["x", "y", "a"])[0]) == 0


def test_softmax_of_large_scores_is_finite() -> None:
    assert softmax(np.array([[1000.0, 1000.0]])).tolist() == [[0.5, 0.5]]


def test_the_shipped_file_is_small_and_says_what_it_is() -> None:
    card = json.loads(FILE.read_text(encoding="utf-8"))["card"]
    assert FILE.stat().st_size < 800_000
    assert card["language"] == "English" and card["trained_on"]["licence"] == "CC BY 4.0"
    assert card["trained_on"]["rows"] == 1170 and len(card["trained_on"]["sha256"]) == 5
    assert {"accuracy", "kappa", "macro_f1", "f1_partial"} <= set(card["measured"]["by_model"])


def test_a_file_of_other_features_is_refused(tmp_path: Path) -> None:
    document = json.loads(FILE.read_text(encoding="utf-8"))
    del document["linear"]["features"][NAMES[0]]
    (tmp_path / "old.json").write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(ValueError, match="fit it again"):
        Classifier.load(tmp_path / "old.json")
