import numpy as np
import pytest
from tests.labellers.planted import PEOPLE, accuracies, judged, labelled, said

from solon.errors import InputError
from solon.labellers.labels import FIRST, SECOND, Label
from solon.labellers.routing import expected_gain, route


@pytest.mark.parametrize("share", [0.25, 0.5, 0.75])
def test_routing_beats_random_pairs_on_planted_difficulty(share: float) -> None:
    told = [accuracies(seed, share) for seed in range(3)]
    assert all(one.routed > one.at_random >= one.without for one in told), told


@pytest.mark.parametrize(
    ("p", "q", "gain"),
    [
        (0.7, 1.0, 0.3),  # whoever is always right mends every error
        (0.9, 0.8, 0.0),  # whose word is weaker than the AI's turns nothing
        (0.6, 0.8, 0.4 - (0.4 * 0.2 + 0.6 * 0.2)),
        (0.4, 0.8, 0.4 - (0.4 * 0.2 + 0.6 * 0.2)),  # either side alike
        (0.5, 0.9, 0.4),
    ],
)
def test_the_gain_of_a_label_by_hand(p: float, q: float, gain: float) -> None:
    assert expected_gain(np.array([p]), q).tolist() == [pytest.approx(gain)]


def test_a_category_in_which_the_ai_errs_goes_to_people_however_sure_it_is() -> None:
    categories = ["law", "tea"] * 100
    ai = [Label(item, "judge", FIRST, 0.99, False) for item in range(200)]
    people = [said(item, "ann", SECOND if categories[item] == "law" and item % 4 else FIRST) for item in range(60)]
    given = labelled(ai + people, categories)
    found = route(given, PEOPLE, people_accuracy=0.95, num_for_people=40, seed=0)
    assert {categories[item] for item in found.chosen} == {"law"} and len(found.chosen) == 40


def test_the_noise_of_people_is_no_error_of_the_ai() -> None:
    # The AI is right 9 times in 10 and people 8: they agree in .9 * .8 + .1 * .2 = .74 of the pairs.
    ai = [Label(item, "judge", FIRST, 0.7, False) for item in range(300)]
    people = [said(item, "ann", FIRST if item % 50 < 37 else SECOND) for item in range(200)]
    found = route(labelled(ai + people), PEOPLE, people_accuracy=0.8, num_for_people=0, seed=0)
    assert found.prob_first_N[250] == pytest.approx(0.9, abs=0.01)


def test_an_ai_that_was_never_seen_to_err_is_not_sure_to_be_right() -> None:
    ai = [Label(item, "judge", FIRST, 0.9, False) for item in range(30)]
    people = [said(item, "ann", FIRST) for item in range(18)]
    found = route(labelled(ai + people), PEOPLE, people_accuracy=0.999, num_for_people=0, seed=0)
    assert found.prob_first_N[20] == pytest.approx(19 / 20, abs=0.002)  # one pseudo-label of each kind


def test_pairs_whose_orders_disagree_go_to_people_first() -> None:
    rng = np.random.default_rng(0)
    ai, people = [], []
    for item in range(300):
        apart = item % 3 == 0
        ai.append(Label(item, "judge", FIRST, 0.73, False, (4.0, -2.0) if apart else (1.0, 1.0)))
        right = rng.random() < (0.5 if apart else 0.95)
        people.append(said(item, "ann", FIRST if right else SECOND))
    given = labelled(ai + people[:150])
    chosen = route(given, PEOPLE, people_accuracy=0.99, num_for_people=30, seed=0).chosen
    assert all(item % 3 == 0 and item >= 150 for item in chosen)


def test_nobody_is_asked_what_people_labelled_already_and_a_tie_is_a_label() -> None:
    rng = np.random.default_rng(3)
    whole, _, people = judged(rng, 60)
    told = [*people[:29], said(29, "ann", 1)]
    given = whole._replace(labels=[*whole.labels, *told])
    found = route(given, PEOPLE, people_accuracy=0.99, num_for_people=10, seed=0)
    assert found.error_routed < found.error_random < found.error
    every = route(given, PEOPLE, people_accuracy=0.99, num_for_people=60, seed=0)
    assert min(every.chosen) >= 30


def test_the_foretold_accuracy_is_near_the_one_that_comes() -> None:
    told = [accuracies(seed, 0.5) for seed in range(4)]
    assert abs(sum(one.expected - one.routed for one in told)) / len(told) < 0.02


def test_a_pair_that_no_judge_decided_is_the_first_for_people() -> None:
    rng = np.random.default_rng(4)
    whole, _, people = judged(rng, 60)
    unlabelled = [label for label in whole.labels if label.item != 50]
    given = whole._replace(labels=[*unlabelled, *people[:30]])
    assert route(given, PEOPLE, people_accuracy=0.95, num_for_people=1, seed=0).chosen == [50]


def test_money_is_not_spent_where_no_answer_could_turn_a_label() -> None:
    ai = [Label(item, "judge", FIRST, 0.99, False) for item in range(100)]
    people = [said(item, "ann", FIRST) for item in range(50)]
    found = route(labelled(ai + people), PEOPLE, people_accuracy=0.7, num_for_people=50, seed=0)
    assert found.chosen == [] and found.error_routed == found.error


def test_too_few_shared_pairs_are_refused_with_what_to_do() -> None:
    whole, _, people = judged(np.random.default_rng(0), 60)
    given = whole._replace(labels=[*whole.labels, *people[:9]])
    with pytest.raises(InputError, match=r"people labelled 9 of the pairs.*some dozens"):
        route(given, PEOPLE, people_accuracy=0.95, num_for_people=5, seed=0)
