import pytest
from tests.judges.engines import InTurn, Writer
from tests.judges.formats.cases import PAIR, RESPONSE

from solon.judges.formats.classes import RefusalClasses
from solon.judges.formats.mt_bench import MTBenchPairwise
from solon.judges.formats.prometheus import PrometheusAbsolute
from solon.judges.judging import judge_pairs, judge_responses
from solon.judges.verdict import PairVerdict, ResponseVerdict

REFUSAL = "I'm sorry, but I can't assist with that."


def judge(*answers: str, samples: int = 1) -> PairVerdict:
    (verdict,) = judge_pairs([PAIR], MTBenchPairwise(), InTurn(*answers), seed=0, samples=samples)
    return verdict


def score(*answers: str, classes: bool = False) -> ResponseVerdict:
    form = RefusalClasses() if classes else PrometheusAbsolute()
    (verdict,) = judge_responses([RESPONSE], form, InTurn(*answers), seed=0, samples=len(answers))
    return verdict


def test_one_response_preferred_in_both_orders_wins() -> None:
    verdict = judge("[[A]]", "[[B]]")
    assert (verdict.winner, verdict.prob_a, verdict.orders, verdict.flipped) == ("a", 1.0, ("a", "a"), False)
    assert judge("[[B]]", "[[A]]").winner == "b"


def test_a_judge_that_follows_the_position_says_a_tie_and_its_flip_is_reported() -> None:
    verdict = judge("[[A]]", "[[A]]")
    assert (verdict.status, verdict.winner, verdict.prob_a) == ("tie", None, 0.5)
    assert (verdict.orders, verdict.flipped) == (("a", "b"), True)


def test_a_tie_in_one_order_makes_a_tie_and_no_flip() -> None:
    verdict = judge("[[A]]", "[[C]]")
    assert (verdict.status, verdict.prob_a, verdict.flipped) == ("tie", 0.75, False)


def test_one_order_without_a_verdict_leaves_the_pair_without_one() -> None:
    assert judge("[[A]]", "neither").status == "unscored"
    assert judge("[[A]]", REFUSAL).status == "refused"
    assert judge("[[A]]", REFUSAL).prob_a is None


def test_samples_of_an_order_vote_and_those_without_a_verdict_abstain() -> None:
    # A first: a, a, b -> 2/3. B first: `[[B]]` is a, the other two abstain -> 1. Mean 5/6.
    verdict = judge("[[A]]", "[[A]]", "[[B]]", "[[B]]", REFUSAL, "what?", samples=3)
    assert (verdict.winner, verdict.orders) == ("a", ("a", "a"))
    assert verdict.prob_a == pytest.approx(5 / 6)
    assert len(verdict.raw) == 6


def test_half_of_the_votes_is_no_majority() -> None:
    # Of a, tie, tie, a no response has more than half.
    assert judge("[[A]]", "[[C]]", "[[C]]", "[[B]]", samples=2).orders == ("tie", "tie")


def test_one_order_alone_decides_where_only_one_is_asked() -> None:
    engine = InTurn("[[A]]")
    (verdict,) = judge_pairs([PAIR], MTBenchPairwise(), engine, seed=0, both_orders=False)
    assert (verdict.winner, verdict.orders, len(engine.asked)) == ("a", ("a",), 1)


def test_verdicts_stand_in_the_order_of_the_cases() -> None:
    cases = [PAIR._replace(id=str(n), response_a=("good", "bad")[n % 2], response_b=("bad", "good")[n % 2])
             for n in range(600)]  # fmt: skip

    def prefer(question: str) -> str:
        return "[[A]]" if question.index("good") < question.index("bad") else "[[B]]"

    verdicts = judge_pairs(cases, MTBenchPairwise(), Writer(prefer), seed=0)
    assert [one.id for one in verdicts] == [str(n) for n in range(600)]
    assert [one.winner for one in verdicts] == ["ab"[n % 2] for n in range(600)]


def test_a_single_sample_is_greedy_and_several_are_drawn_with_seeds_of_their_own() -> None:
    one, several = Writer(lambda _: "[[A]]"), Writer(lambda _: "[[A]]")
    judge_pairs([PAIR], MTBenchPairwise(), one, seed=0)
    judge_pairs([PAIR], MTBenchPairwise(), several, seed=0, samples=3)
    assert {request.temperature for request in one.asked} == {0.0}
    assert {request.temperature for request in several.asked} == {1.0}
    assert len({request.seed for request in several.asked}) == 6


def test_an_answer_that_the_token_limit_cut_says_so() -> None:
    (verdict,) = judge_pairs([PAIR], MTBenchPairwise(), Writer(lambda _: "Well", truncated=True), seed=0)
    assert verdict.reason.endswith("the token limit cut it")


def test_scores_of_several_samples_are_averaged_over_those_that_scored() -> None:
    verdict = score("[RESULT] 5", "[RESULT] 2", REFUSAL)
    assert (verdict.status, verdict.value) == ("scored", 3.5)


def test_a_response_that_nobody_scores_is_refused_or_unscored_and_has_no_number() -> None:
    assert (score(REFUSAL).status, score(REFUSAL).value) == ("refused", None)
    assert (score("fine").status, score("fine").value) == ("unscored", None)


def test_the_class_with_more_than_half_of_the_votes_is_taken_and_without_one_none() -> None:
    labels = ("2_full_refusal", "2_full_refusal", "1_full_compliance")
    assert score(*labels, classes=True).value == "2_full_refusal"
    assert score(*labels[1:], classes=True).status == "unscored"
