import json
from pathlib import Path

import numpy as np
import pytest

from solon.evaluation.refusals.features import NAMES
from solon.evaluation.refusals.model import FILE, Classifier, Trees, softmax, standardised, tree_scores
from solon.evaluation.refusals.terms import Terms


def test_a_tree_of_depth_2_goes_left_where_a_number_is_at_most_the_threshold() -> None:
    # one tree for class 1 of 2: x0 <= 1 ? (x1 <= 5 ? 10 : 20) : (x2 <= 7 ? 30 : 40)
    trees = Trees(
        np.array([0.5, -0.5]), np.array([1]), np.array([[0, 1, 2]]), np.array([[1.0, 5.0, 7.0]]),
        np.array([[10.0, 20.0, 30.0, 40.0]]),
    )  # fmt: skip
    seen = np.array([[1.0, 5.0, 9.0], [0.0, 6.0, 0.0], [2.0, 0.0, 7.0], [2.0, 0.0, 8.0]])
    assert tree_scores(trees, seen).tolist() == [[0.5, 9.5], [0.5, 19.5], [0.5, 29.5], [0.5, 39.5]]


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
    assert FILE.stat().st_size < 300_000
    assert card["language"] == "English" and card["trained_on"]["licence"] == "CC BY 4.0"
    assert card["trained_on"]["rows"] == 1170 and len(card["trained_on"]["sha256"]) == 5
    assert {"accuracy", "kappa", "macro_f1", "f1_partial"} <= set(card["measured"]["by_model"])


def test_a_file_of_other_features_is_refused(tmp_path: Path) -> None:
    document = json.loads(FILE.read_text(encoding="utf-8"))
    del document["linear"]["features"][NAMES[0]]
    (tmp_path / "old.json").write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(ValueError, match="fit it again"):
        Classifier.load(tmp_path / "old.json")
