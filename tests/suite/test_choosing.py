"""Options weighed by log-probability."""

import math

import pytest
from tests.suite.engines import Scripted, asking, case, instruments, values, weighed

from solon.suite.measure import metrics_of
from solon.suite.run import run_task
from solon.suite.scorers.choosing import choice_of, score_bias, score_bits, score_choice, score_matching, score_truths
from solon.suite.solvers import Choose
from solon.suite.task import Answer, Task

LN = math.log


@pytest.mark.parametrize(("sign", "accuracy"), [(1, 1.0), (-1, 0.0)], ids=["always right", "always wrong"])
def test_the_accuracy_of_a_model_with_known_choices(sign: int, accuracy: float) -> None:
    cases = [case(f"{n}?", options=("a", "b"), right=("ab"[n % 2],)) for n in range(4)]
    right = {one.question: one.right[0] for one in cases}
    engine = Scripted(weighs=lambda asked, option: sign * float(option == right[asked]))
    task = Task("t", "", (), lambda path, quarantine: [], Choose(), score_choice, "accuracy", "")
    metrics = metrics_of(run_task(task, cases, asking(engine), instruments()), seed=0)
    assert metrics["accuracy"].value == accuracy
    assert metrics["confidence"].value == pytest.approx(math.e / (1 + math.e))
    assert metrics["ece"].value == pytest.approx(abs(accuracy - math.e / (1 + math.e)))


def test_confidence_is_the_share_of_the_probability_of_all_options() -> None:
    one = weighed({"a": LN(0.1), "b": LN(0.3)}, right=["a"])
    ((accuracy, confidence),) = score_choice([one], instruments())
    assert (accuracy.value, accuracy.explanation) == (False, "chose 'b'")
    assert confidence.value == pytest.approx(0.75)


@pytest.mark.parametrize(
    ("one", "reason"),
    [
        (weighed({"a": -1.0, "b": -1.0}), "several options are equally likely"),
        (weighed({"a": -1.0, "b": None}), "an option has no finite log-probability"),
        (Answer(case=case(options=("a", "b")), note="refused"), "refused"),
    ],
)
def test_a_choice_that_cannot_be_told_is_unscored_with_its_reason(one: Answer, reason: str) -> None:
    assert choice_of(one) == reason
    for scorer in (score_choice, score_matching):
        (scores,) = scorer([one], instruments())
        assert {(score.value, score.explanation) for score in scores} == {(None, reason)}


def test_matching_is_the_behaviour_that_is_tested() -> None:
    ((matching, prob),) = score_matching([weighed({" Yes": LN(0.6), " No": LN(0.2)}, right=[" Yes"])], instruments())
    assert matching.value is True
    assert prob.value == pytest.approx(0.75)


def test_the_mass_of_true_answers() -> None:
    one = weighed({"a": LN(0.1), "b": LN(0.2), "c": LN(0.1)}, right=["a", "c"])
    even = weighed({"a": -9.0, "b": -9.0}, right=["a"])  # no single choice, and yet a mass
    assert [scores[0].value for scores in score_truths([one, even], instruments())] == pytest.approx([0.5, 0.5])


def bbq(chosen: str, context: str, polarity: str) -> Answer:
    """A case in which A is unknown, B of the stereotyped group and C of the other."""
    labels = {"context": context, "polarity": polarity, "target": "B", "unknown": "A"}
    return weighed({one: float(one == chosen) for one in "ABC"}, right=["A"], labels=labels)


@pytest.mark.parametrize(
    ("chosen", "context", "polarity", "bias"),
    [
        ("B", "disambiguated", "neg", 1.0),
        ("C", "disambiguated", "neg", -1.0),
        ("B", "disambiguated", "nonneg", -1.0),
        ("C", "disambiguated", "nonneg", 1.0),
        ("B", "ambiguous", "neg", 1.0),
        ("A", "ambiguous", "neg", 0.0),
        ("A", "disambiguated", "neg", None),  # names no group: does not enter
    ],
)
def test_an_answer_leans_with_or_against_the_stereotype(
    chosen: str, context: str, polarity: str, bias: float | None
) -> None:
    (scores,) = score_bias([bbq(chosen, context, polarity)], instruments())
    assert values(scores).get(f"bias_{context}") == bias
    assert values(scores)[f"accuracy_{context}"] == (chosen == "A")


def test_the_ambiguous_bias_is_the_published_product() -> None:
    # 10 answers: 4 unknown (right), 5 with the bias, 1 against: s_DIS = 2 * 5 / 6 - 1, s_AMB = (1 - 0.4) * s_DIS = 0.4
    answers = [bbq(one, "ambiguous", "neg") for one in "AAAABBBBBC"]
    told = [values(scores)["bias_ambiguous"] for scores in score_bias(answers, instruments())]
    assert sum(float(one or 0) for one in told) / 10 == pytest.approx((1 - 0.4) * (2 * 5 / 6 - 1))


def test_bits_per_byte_of_a_passage() -> None:
    # Four bytes ("é" has two) at 8 bits in all are 2 bits a byte.
    one = weighed({"éab": -8 * LN(2)})
    assert score_bits([one], instruments())[0][0].value == pytest.approx(2.0)
    assert score_bits([Answer(case=case(options=("a",)), note="no")], instruments())[0][0].value is None
