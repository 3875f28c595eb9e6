import math
from pathlib import Path

import numpy as np
import pytest
from tests.data.real_files import FOLDER, SKIP_REASON
from tests.labellers.planted import labelled, noisy, pair, said

from solon.annotation import Annotation
from solon.data import QuarantineWriter
from solon.data.load import read_as
from solon.errors import InputError
from solon.labellers.agreement import kappa, krippendorff_alpha
from solon.labellers.labels import FIRST, SECOND, TIE, gather
from solon.labellers.worth import combined_preferences, compare_labellers
from solon.records import Comparison, Preference, Ranking

PLANTED = {
    "good": [[0.95, 0.05], [0.05, 0.95]],
    "fair": [[0.8, 0.2], [0.2, 0.8]],
    "first": [[0.95, 0.05], [0.4, 0.6]],  # likes what is shown first
    "poor": [[0.6, 0.4], [0.4, 0.6]],
}


def test_planted_errors_and_a_taste_for_the_first_place_are_found() -> None:
    rng = np.random.default_rng(1)
    truth_N = rng.integers(2, size=6000)
    labels = [label for name, errors in PLANTED.items() for label in noisy(truth_N, name, errors, rng)]
    found = compare_labellers(labelled(labels))
    for worth in found.worths:
        planted = np.array(PLANTED[worth.labeller])
        assert np.abs(np.array(worth.confusion) - planted).max() < 0.04
        assert worth.accuracy == pytest.approx(planted.diagonal().mean(), abs=0.03)
        bias = (math.log(planted[0, 0] / planted[0, 1]) + math.log(planted[1, 0] / planted[1, 1])) / 2
        assert worth.position_bias == pytest.approx(bias, abs=0.25)
    right = ((found.prob_first_N > 0.5) == (truth_N == 0)).mean()
    best = np.mean([(label.said == FIRST) == (truth_N[label.item] == 0) for label in labels[:6000]])
    assert right > best


def test_planted_ties_are_found() -> None:
    rng = np.random.default_rng(2)
    truth_N = rng.choice(3, size=3000, p=[0.4, 0.2, 0.4])
    errors = [[0.8, 0.1, 0.1], [0.2, 0.6, 0.2], [0.1, 0.1, 0.8]]
    labels = [label for name in ("a", "b", "c", "d") for label in noisy(truth_N, name, errors, rng)]
    for worth in compare_labellers(labelled(labels)).worths:
        assert np.abs(np.array(worth.confusion) - np.array(errors)).max() < 0.07


def test_a_right_label_costs_its_price_over_how_often_it_is_right() -> None:
    labels = [said(item, name, FIRST) for item in range(20) for name in ("ann", "ben", "judge")]
    worth = compare_labellers(labelled(labels), prices={"ann": 2.0}).worths[0]
    assert worth.price_of_right == pytest.approx(2.0 / worth.accuracy) and worth.accuracy < 1


def test_labels_of_pairs_that_nobody_else_labelled_change_no_error_rate() -> None:
    shared = [said(item, name, item % 2 * SECOND) for item in range(10) for name in ("ann", "ben", "judge")]
    alone = [said(item, "judge", FIRST) for item in range(10, 50)]
    found, more = compare_labellers(labelled(shared)), compare_labellers(labelled(shared + alone))
    assert [one.confusion for one in found.worths] == [one.confusion for one in more.worths]
    assert more.worths[2].num_labels == 50 and more.worths[2].num_shared == 10


def test_two_labellers_alone_are_said_not_to_be_told_apart() -> None:
    labels = [said(item, name, FIRST) for item in range(9) for name in ("ann", "judge")]
    assert not compare_labellers(labelled(labels)).identified
    assert compare_labellers(labelled(labels), trusted=["ann"]).identified


def test_labels_without_a_shared_pair_are_refused() -> None:
    with pytest.raises(InputError, match=r"no pair has labels of two labellers \(ann, ben labelled 2 pairs\)"):
        compare_labellers(labelled([said(0, "ann", FIRST), said(1, "ben", FIRST)]))


def test_a_name_that_labelled_nothing_is_refused() -> None:
    labels = [said(0, "ann", FIRST), said(0, "ben", FIRST)]
    with pytest.raises(InputError, match="nobody called 'cat'"):
        compare_labellers(labelled(labels), trusted=["cat"])


def test_alpha_by_hand() -> None:
    # Two pairs of two labels: both first; one first and one second. n = 4, n_first = 3, n_second = 1.
    # observed = 1 * 1 / 1 + 1 * 1 / 1 = 2, expected = (3 * 1 + 1 * 3) / 3 = 2
    labels = [said(0, "a", FIRST), said(0, "b", FIRST), said(1, "a", FIRST), said(1, "b", SECOND)]
    assert krippendorff_alpha(labels) == pytest.approx(0.0)
    # with a third pair both second: n = 6, observed 2, expected (3 * 3 + 3 * 3) / 5
    more = [said(2, "a", SECOND), said(2, "b", SECOND), said(3, "a", TIE)]  # one label alone counts nothing
    assert krippendorff_alpha(labels + more) == pytest.approx(1 - 2 / 3.6)


def test_kappa_of_labellers_who_always_say_the_same_is_none() -> None:
    labels = [said(item, name, FIRST) for item in range(3) for name in ("a", "b")]
    assert kappa(labels, "a", "b") == (None, 3)


def test_a_pair_is_one_whichever_response_is_called_a() -> None:
    one = pair(0)
    turned = Comparison(id="other", prompt=one.prompt, response_a=one.response_b, response_b=one.response_a)
    found = gather([Preference(comparison=one, prob_a=0.9, source="x"),
                    Preference(comparison=turned, prob_a=0.2, source="y")])  # fmt: skip
    assert len(found.items) == 1
    assert [(label.said, label.swapped) for label in found.labels] == [(FIRST, False), (FIRST, True)]


def test_a_ranking_labels_every_two_responses_in_the_order_shown() -> None:
    told = Annotation(annotator="ann", key="k", seconds=1.0, price=3.0)
    ranking = Ranking(id="r", prompt=pair(0).prompt, responses=("x", "y", "z"), ranks=(1, 0, 1), rater="ann",
                      annotation=told)  # fmt: skip
    found = gather([ranking])
    assert [label.said for label in found.labels] == [SECOND, TIE, FIRST]
    assert [label.price for label in found.labels] == [1.0, 1.0, 1.0]


def test_who_labels_a_pair_again_is_heard_once() -> None:
    found = gather([Preference(comparison=pair(0), prob_a=prob, source="x") for prob in (0.9, 0.1)])
    assert [label.said for label in found.labels] == [SECOND]


def test_a_judge_asked_in_both_orders_tells_its_taste_itself() -> None:
    # A first: 3 nats for A; B first: 1 nat for A. So 2 for A, and 1 for whatever is first.
    both = [Preference(comparison=pair(n), prob_a=0.88, source="judge", log_odds=(3.0, 1.0)) for n in range(4)]
    people = [Preference(comparison=pair(n), prob_a=1.0, source="ann") for n in range(4)]
    assert compare_labellers(gather(both + people)).worths[0].position_bias == pytest.approx(1.0)


def test_pairs_without_a_label_have_none_combined() -> None:
    found = gather([Preference(comparison=pair(0), prob_a=1.0, source=name) for name in ("a", "b")] + [pair(1)])
    combined = combined_preferences(found, compare_labellers(found).prob_first_N)
    assert [one.comparison.id for one in combined] == ["p0"] and combined[0].prob_a is not None
    assert 0.5 < combined[0].prob_a < 1


PANDALM = FOLDER / "pandalm" / "testset_v1.jsonl.gz"


@pytest.mark.skipif(not PANDALM.is_file(), reason=SKIP_REASON)
def test_three_people_of_pandalm(tmp_path: Path) -> None:
    quarantine = QuarantineWriter(tmp_path / "q.jsonl")
    rows = read_as(PANDALM, lambda record, name: record if isinstance(record, Ranking) else None, quarantine)
    found = compare_labellers(gather([row for row in rows if row is not None]))
    assert [one.labeller for one in found.worths] == ["annotator1", "annotator2", "annotator3"]
    assert all(0.85 < one.accuracy < 0.99 for one in found.worths)
    assert found.alpha is not None and 0.8 < found.alpha < 0.9
