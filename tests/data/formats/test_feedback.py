"""Pairs, rankings and labels of single answers, each under the names and codes of its set."""

from typing import Any

import pytest

from solon.data.quarantine import Unusable
from solon.data.recognition import format_of
from solon.records import LabelledResponse, Preference, Prompt, Ranking, Record, Response, Revision, assistant, user

HH = {"chosen": "\n\nHuman: q\n\nAssistant: good", "rejected": "\n\nHuman: q\n\nAssistant: bad"}
TURNS = [{"role": "user", "content": "q"}]


def read(row: dict[str, Any]) -> list[Record]:
    found = format_of(row)
    assert found is not None
    return list(found.read(row, "f:1"))


def said(text: str) -> list[dict[str, str]]:
    return [{"role": "assistant", "content": text}]


def ranking(row: dict[str, Any]) -> Ranking:
    (found,) = read(row)
    assert isinstance(found, Ranking)
    return found


LLMBAR = {"input": "q", "output_1": "a", "output_2": "b"}
AUTO_J = {"prompt": "q", "response 1": "a", "response 2": "b", "scenario": "s"}
JUDGEBENCH = {"question": "q", "response_A": "a", "response_B": "b"}
ALPACA_EVAL = {"instruction": "q", "output_1": "a", "output_2": "b", "annotator": "gpt"}


@pytest.mark.parametrize(
    ("row", "ranks"),
    [
        (LLMBAR | {"label": 1}, (0, 1)),
        (LLMBAR | {"label": "2"}, (1, 0)),
        (AUTO_J | {"label": 0}, (0, 1)),
        (AUTO_J | {"label": 1}, (1, 0)),
        (AUTO_J | {"label": 2}, (0, 0)),
        (JUDGEBENCH | {"label": "A>B"}, (0, 1)),
        (JUDGEBENCH | {"label": "B>A"}, (1, 0)),
        (ALPACA_EVAL | {"preference": 1.0}, (0, 1)),
        (ALPACA_EVAL | {"preference": 2}, (1, 0)),
        (ALPACA_EVAL | {"preference": 0}, (0, 0)),
    ],
)
def test_each_set_has_its_own_code_for_the_better_answer(row: dict[str, Any], ranks: tuple[int, int]) -> None:
    found = ranking(row)
    assert (found.prompt.messages, found.responses, found.ranks) == ((user("q"),), ("a", "b"), ranks)


@pytest.mark.parametrize("verdict", [None, 3, True, "A=B", 2.5, []])
def test_a_verdict_outside_the_code_is_unusable(verdict: Any) -> None:
    with pytest.raises(Unusable, match=r"`preference` is"):
        read(ALPACA_EVAL | {"preference": verdict})


def test_a_weighted_annotator_says_how_far_the_second_response_won() -> None:
    found = read(ALPACA_EVAL | {"preference": 1.75, "generator_1": "base"})[0]
    assert isinstance(found, Preference)
    assert (found.prob_a, found.source, found.comparison.response_a) == (0.25, "gpt", "a")
    assert found.comparison.prompt.labels == {"generator_1": "base"}
    with pytest.raises(Unusable, match="the same"):
        read(ALPACA_EVAL | {"preference": 1.75, "output_2": "a"})


def test_each_annotator_is_a_rater_and_0_ties() -> None:
    row = {"instruction": "q", "input": "", "response1": "a", "response2": "", "annotator1": 0, "annotator2": 2}
    found = [(one.rater, one.ranks) for one in read(row) if isinstance(one, Ranking)]
    assert found == [("annotator1", (0, 0)), ("annotator2", (1, 0))]


def test_a_preference_in_five_steps_keeps_its_words_beside_the_ranks() -> None:
    row = {
        "prompt": "q", "completion_a": "a", "completion_b": "b", "preference": "b-is-slightly-better",
        "completion_a_is_acceptable": "no", "completion_b_is_acceptable": "yes", "evaluator": "yo", "model_a": "m",
    }  # fmt: skip
    first, *labelled = read(row)
    assert isinstance(first, Ranking) and (first.ranks, first.rater) == ((1, 0), "yo")
    assert first.prompt.labels["preference"] == "b-is-slightly-better"
    assert [one.labels for one in labelled if isinstance(one, LabelledResponse)] == [
        {"is_acceptable": "no", "model": "m"},
        {"is_acceptable": "yes"},
    ]


@pytest.mark.parametrize(
    "row",
    [
        HH,
        {"prompt": "q", "chosen": "good", "rejected": "bad"},
        {"prompt": TURNS, "chosen": "good", "rejected": "bad"},
        {"prompt": "q", "chosen": [*TURNS, *said("good")], "rejected": [*TURNS, *said("bad")]},
        {"prompt": "q", "chosen": said("good"), "rejected": said("bad")},
        {
            "conversations": [{"from": "human", "value": "q"}],
            "chosen": {"from": "gpt", "value": "good"},
            "rejected": {"from": "gpt", "value": "bad"},
        },
    ],
)
def test_chosen_and_rejected_have_many_forms(row: dict[str, Any]) -> None:
    found = ranking(row)
    assert (found.prompt.messages, found.responses, found.ranks) == ((user("q"),), ("good", "bad"), (0, 1))


def test_lists_of_chosen_tie_among_themselves_above_every_rejected() -> None:
    found = ranking({"prompt": "q", "chosen": ["a", "b"], "rejected": ["c", "d"], "subset": "s"})
    assert (found.responses, found.ranks, found.prompt.labels) == (("a", "b", "c", "d"), (0, 0, 1, 1), {"subset": "s"})


def test_a_message_pair_that_parts_early_is_unusable() -> None:
    def turns(first: str, last: str) -> list[dict[str, str]]:
        return [{"role": "user", "content": first}, {"role": "assistant", "content": last}]

    with pytest.raises(Unusable, match="part at turn 1"):
        read({"chosen": turns("p", "a"), "rejected": turns("q", "b")})


PREDICTIONS = {f"prediction {number}": text for number, text in enumerate("abcd", start=1)}
QA = {"question": "q", "passages": [["title", "one", "two"]], **PREDICTIONS}


def test_six_preferences_that_agree_are_one_order_with_ties() -> None:
    # (1,2) tie, 1 and 2 above 3, 3 above 4
    found = ranking(QA | {"preference": [0, 1, 1, 1, 1, 1]})
    assert (found.responses, found.ranks) == (("a", "b", "c", "d"), (0, 0, 1, 2))
    assert found.prompt.messages == (user("title\none\ntwo\n\nq"),)


def test_six_preferences_that_go_round_are_six_rankings_of_two() -> None:
    # 1 > 2, 2 > 3, 3 > 1: no order holds
    found = [one for one in read(QA | {"preference": [1, 2, 1, 1, 1, 1]}) if isinstance(one, Ranking)]
    assert [(one.responses, one.ranks) for one in found[:2]] == [(("a", "b"), (0, 1)), (("a", "c"), (1, 0))]
    assert len(found) == 6


def test_equal_scores_tie_and_every_score_is_kept() -> None:
    told = [("a", 7.0, "x"), ("b", 9, "y"), ("c", 7, "z")]
    completions = [{"model": m, "response": t, "overall_score": s, "annotations": {"honesty": 1}} for t, s, m in told]
    first, *labelled = read({"instruction": "q", "completions": completions, "source": "s"})
    assert isinstance(first, Ranking) and (first.responses, first.ranks) == (("a", "b", "c"), (1, 0, 1))
    assert isinstance(labelled[0], LabelledResponse)
    assert labelled[0].labels == {"model": "x", "overall_score": 7.0, "annotations": '{"honesty": 1}'}


def test_completions_without_scores_are_sampled_answers() -> None:
    found = read({"id": "i", "prompt": "q", "completions": [{"model": "m", "completion": "a"}]})
    assert [(one.id, one.text, one.sampler) for one in found if isinstance(one, Response)] == [("i/0", "a", "m")]


def test_a_judged_pair_keeps_its_judge_and_principle() -> None:
    row = {"id": "i", "prompt": "q", "response_a": "a", "response_b": "b", "prob_a": 0.2, "status": "scored",
           "source": "judge", "principle_id": "p", "log_odds": [-1.0, -2.0]}  # fmt: skip
    (found,) = read(row)
    assert isinstance(found, Preference)
    assert (found.prob_a, found.source, found.principle_id, found.log_odds) == (0.2, "judge", "p", (-1.0, -2.0))


@pytest.mark.parametrize(
    ("row", "labels", "rater"),
    [
        ({"messages": [*TURNS, *said("a")], "label": False}, {"label": False}, "people"),
        ({"prompt": "q", "completion": "a", "label": True}, {"label": True}, "people"),
        ({"prompt": "Q: q\nA: a\nTrue:", "completion": " no"}, {"true": False}, "people"),
        ({"prompt": "Q: q\nA: a\nHelpful:", "completion": " yes"}, {"helpful": True}, "people"),
        ({"question": "q", "response": "a", "action_review": "r"}, {"action_review": "r"}, "gpt-4"),
        ({"question": "q", "answer": "a", "feedback": "f", "id": 1}, {"feedback": "f"}, "people"),
        ({"question": "q", "response": "a", "human_score": 3}, {"human_score": 3}, "people"),
        ({"input": "q", "response": "a", "score": 5, "eval_model_name": "m"}, {"score": 5}, "m"),
        ({"prompt": TURNS, "completion": said("a"), "propositions": {"x": True}}, {"x": True}, "people"),
        ({"prompt": "q", "response": "a", "critiques": {"autoj": "c"}}, {"critique": "c"}, "autoj"),
        (
            {"question": "q", "ground_truth": "g", "6b": {"solution": "a", "is_correct": False}},
            {"model": "6b", "is_correct": False},
            "ground truth",
        ),
        (
            {"question": "q", "M_response": "a", "M_harmful": "0", "M_action": "1"},
            {"model": "M", "harmful": "0", "action": "1"},
            "people",
        ),
    ],
)
def test_what_is_said_of_one_answer_stays_under_its_name(
    row: dict[str, Any], labels: dict[str, Any], rater: str
) -> None:
    (found,) = read(row)
    assert isinstance(found, LabelledResponse)
    assert (found.prompt.messages[-1], found.text, found.labels, found.rater) == (user("q"), "a", labels, rater)


def test_people_and_gpt_4_are_raters_of_their_own() -> None:
    row = {"prompt": "q", "completion": "a", "annotation_1": "x", "annotation_2": "y", "final_label": "", "type": "t"}
    found = [one for one in read(row) if isinstance(one, LabelledResponse)]
    assert [(one.rater, one.labels["refusal"], one.prompt.labels) for one in found] == [
        ("annotation_1", "x", {"type": "t"}),
        ("annotation_2", "y", {"type": "t"}),
    ]


def test_a_chain_of_revisions_is_told_round_by_round() -> None:
    def step(key: str, critique: str, revision: str) -> dict[str, Any]:
        return {"cst_key": key, "critique": {"sample": critique}, "revision": {"sample": revision}}

    row = {"rl_prompt": "\n\nHuman: q\n\nAssistant:", "initial_response": [{"sample": " a"}],
           "cst": [step("h1", "c", " b"), step("h2", "none", "b ")]}  # fmt: skip
    found = [one for one in read(row) if isinstance(one, Revision)]
    assert [(one.round, one.text, one.critique, one.principle_id, one.changed) for one in found] == [
        (0, "a", None, None, False),
        (1, "b", "c", "h1", True),
        (2, "b", "none", "h2", False),
    ]


@pytest.mark.parametrize("end", ["", "\n\nHuman:", "\n\nHuman", "\n\nHuman: and then?"])
def test_the_turn_that_a_sample_goes_on_with_is_left_out(end: str) -> None:
    samples = [{"sampled_string": f" one\n\ntwo{end}", "pm_scores": [{"pm_score": 0.5}]}]
    (found,) = read({"rl_prompt": "\n\nHuman: q\n\nAssistant:", "sampled_answers": samples})
    assert isinstance(found, LabelledResponse) and (found.text, found.labels) == ("one\n\ntwo", {"pm_score": 0.5})


def test_an_evaluation_with_both_answers_is_a_question_and_a_ranking() -> None:
    row = {"prompt": "which?", "corrects": [" (A)"], "incorrects": [" (B)"],
           "text_correct": HH["chosen"], "text_incorrect": HH["rejected"]}  # fmt: skip
    prompt, found = read(row)
    assert isinstance(prompt, Prompt) and prompt.labels == {"corrects": '[" (A)"]', "incorrects": '[" (B)"]'}
    assert isinstance(found, Ranking) and found.responses == ("good", "bad")


def test_a_judge_in_training_shows_its_answer_and_rates_another() -> None:
    asked = "Write\n[BEGIN DATA]\n***\n[Query]: q\n***\n[Response]: a\n***\n[END DATA]\n"
    shown, rated = read({"usrmsg": asked, "target_output": "good. Rating: [[5]]", "pred_score": 5.0, "scenario": "s"})
    assert isinstance(rated, LabelledResponse) and (rated.text, rated.labels["pred_score"]) == ("a", 5.0)
    assert getattr(shown, "messages") == (user(asked), assistant("good. Rating: [[5]]"))  # noqa: B009
