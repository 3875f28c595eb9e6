"""The grammar of each format, on completions written by hand."""

import pytest
from tests.judges.formats.cases import CHOICE, RESPONSE

from solon.judges.formats import LetteredOptions
from solon.judges.formats.auto_j import AutoJPairwise, AutoJSingle
from solon.judges.formats.classes import ActionClasses, RefusalClasses
from solon.judges.formats.critiquellm import CritiqueLLMPairwise, CritiqueLLMPointwise
from solon.judges.formats.mt_bench import MTBenchPairwise, MTBenchSingle
from solon.judges.formats.multiple_choice import MultipleChoice
from solon.judges.formats.prometheus import PrometheusAbsolute, PrometheusRelative
from solon.judges.formats.prometheus_vision import PrometheusVision
from solon.judges.formats.shepherd import Shepherd
from solon.judges.reading import JudgeFormat, PairCase, ResponseCase
from solon.judges.rubric import QUALITY

FORMAT = JudgeFormat[ResponseCase] | JudgeFormat[PairCase]
SHEPHERD = "The sum is off.\nError types: {types}\nJustified: 2 Not justified enough\nRelevant: {relevant}"


@pytest.mark.parametrize(
    ("form", "completion", "value"),
    [
        (PrometheusAbsolute(), "Feedback: fine. [RESULT] 4", 4.0),
        (PrometheusAbsolute(), "Feedback: fine.\n[RESULT]\n4", 4.0),
        (PrometheusAbsolute(), "Feedback: fine. [RESULT] **4**", 4.0),
        (PrometheusAbsolute(), "[RESULT] (an integer number between 1 and 5)\nFeedback: fine. [RESULT] 3", 3.0),
        (PrometheusRelative(), "Feedback: A is right. [RESULT] A", "a"),
        (PrometheusRelative(), "Feedback: A is right. [RESULT] (B).", "b"),
        (PrometheusVision(), "Feedback: it sees the cat. [RESULT] 4", 4.0),
        (PrometheusVision(), "It sees no cat. So the overall score is 1.\n\n", 1.0),
        (PrometheusVision(), "It sees a cat. So the overall score is 4. [RESULT] 4", 4.0),
        (AutoJSingle(), "A poor list, x[[0]] aside.\n\nRating: [[6.5]].", 6.5),
        (AutoJSingle(), "**Rating:** [[10]]", 10.0),
        (AutoJPairwise(), "So, the final decision is Response 1.", "a"),
        (AutoJPairwise(), "So, the final decision is **Response 2**. It is shorter.", "b"),
        (MTBenchSingle(), "Rating: [[7]]", 7.0),
        (MTBenchPairwise(), "Assistant B is better. [[B]]", "b"),
        (MTBenchPairwise(), "[[A]] because x[[0]] is used well.", "a"),
        (CritiqueLLMPointwise(), "回答正确。{'事实正确性': 2, '综合得分': 7}", 7.0),
        (CritiqueLLMPointwise(), "综合得分\N{FULLWIDTH COLON}8", 8.0),
        (CritiqueLLMPairwise(), "{'综合比较结果': '助手1'}", "a"),
        (CritiqueLLMPairwise(), "{'综合比较结果': '助手2'}", "b"),
        (MultipleChoice(), " (A)", "a"),
        (MultipleChoice(), "(B) Since it is right, unlike (A).", "b"),
        (MultipleChoice(), "(B) would do, yet... The answer is: (B)", "b"),
        (MultipleChoice(), "Option (B) is wrong. The answer is: (A)", "a"),
        (LetteredOptions(3), "The answer is: (c)", "c"),
        (RefusalClasses(), "2_full_refusal", "2_full_refusal"),
        (RefusalClasses(), "Label: `3_partial_refusal`.", "3_partial_refusal"),
        (ActionClasses(), "It declines.\n<answer>0</answer>", "0"),
        (ActionClasses(), "in the form <answer>index</answer>: <answer> 2 </answer>", "2"),
        (Shepherd(), SHEPHERD.format(types="Arithmetic; Veracity", relevant="3 Somewhat relevant"), 3.0),
        (Shepherd(), SHEPHERD.format(types="None", relevant="5"), 5.0),
    ],
)
def test_a_verdict_in_the_published_form_is_read(form: FORMAT, completion: str, value: float | str) -> None:
    reading = form.parse(completion)
    assert (reading.status, reading.value) == ("scored", value), reading.reason


@pytest.mark.parametrize(
    ("form", "completion"),
    [
        (AutoJPairwise(), "So, the final decision is Tie."),
        (MTBenchPairwise(), "Neither. [[C]]"),
        (CritiqueLLMPairwise(), "{'综合比较结果': '质量相当'}"),
    ],
)
def test_a_tie_in_the_published_form_is_a_tie(form: FORMAT, completion: str) -> None:
    assert form.parse(completion).status == "tie"


@pytest.mark.parametrize(
    ("form", "completion"),
    [
        (PrometheusAbsolute(), "Feedback: fine. [RESULT] 6"),
        (PrometheusAbsolute(), "Feedback: fine. [RESULT] 3.5"),
        (PrometheusAbsolute(), "[RESULT] 4 [RESULT] 5"),
        (PrometheusAbsolute(), "Feedback: I would give a score of 4."),
        (PrometheusVision(), "So the overall score is 4/5."),
        (PrometheusVision(), "So the overall score is 3. [RESULT] 4"),
        (PrometheusVision(), "[RESULT] 4 So the overall score is 5"),
        (PrometheusVision(), "So the overall score is 9."),
        (PrometheusRelative(), "[RESULT] Tie"),
        (PrometheusRelative(), "[RESULT] A or B"),
        (PrometheusRelative(), "[RESULT] Neither A"),
        (AutoJSingle(), "See x[[5]]."),
        (AutoJSingle(), "Rating: [[0]]"),
        (AutoJSingle(), "Rating: [[rating]]"),
        (AutoJSingle(), "Rating: [5]"),
        (AutoJPairwise(), "The final decision is Response 12."),
        (AutoJPairwise(), "The final decision is Response 1. Or: the final decision is Response 2."),
        (MTBenchPairwise(), "[[A]] or [[B]]? I say [[B]]"),
        (MTBenchPairwise(), "[[D]]"),
        (MTBenchPairwise(), "[[Tie]]"),
        (CritiqueLLMPointwise(), "{'综合得分': 11}"),
        (CritiqueLLMPairwise(), "{'综合比较结果': '助手3'}"),
        (CritiqueLLMPairwise(), "助手1更好"),
        (MultipleChoice(), "(A) The answer is: (B)"),
        (MultipleChoice(), "The answer is: (C)"),
        (MultipleChoice(), "I prefer (A)."),
        (MultipleChoice(), "A"),
        (LetteredOptions(3), "The answer is: (D)"),
        (RefusalClasses(), "1_full_refusal"),
        (RefusalClasses(), "12_full_refusal"),
        (RefusalClasses(), "x1_full_compliance"),
        (RefusalClasses(), "full_compliance"),
        (RefusalClasses(), "1_full_compliance or 3_partial_refusal"),
        (ActionClasses(), "<answer>0, 4</answer>"),
        (ActionClasses(), "<answer>None</answer>"),
        (ActionClasses(), "<answer>7</answer>"),
        (ActionClasses(), "<input>4</input>"),
        (Shepherd(), "The sum is off."),
        (Shepherd(), SHEPHERD.format(types="Arithmetic", relevant="3 Mostly relevant")),
        (Shepherd(), SHEPHERD.format(types="Typing", relevant="3 Somewhat relevant")),
        (Shepherd(), "Justified: 2 Not justified enough\nRelevant: 3 Somewhat relevant"),
        (Shepherd(), "Error types: None\nRelevant: 3 Somewhat relevant"),
    ],
)
def test_what_is_no_single_verdict_is_unscored_with_a_reason(form: FORMAT, completion: str) -> None:
    reading = form.parse(completion)
    assert (reading.status, reading.value) == ("unscored", None)
    assert reading.reason


def test_shepherd_keeps_kinds_of_errors_and_the_other_score() -> None:
    reading = Shepherd().parse(SHEPHERD.format(types="Arithmetic; Veracity", relevant="3 Somewhat relevant"))
    assert reading.details == {"error types": "Arithmetic; Veracity", "justified": "2"}


def test_options_are_lettered_in_order_and_reversed_in_the_other() -> None:
    (asked,) = LetteredOptions(3).question(CHOICE)
    (reverse,) = LetteredOptions(3).question(CHOICE.reversed())
    assert " (A) stone\n (B) apple\n (C) chair" in asked.content
    assert " (A) chair\n (B) apple\n (C) stone" in reverse.content


def test_a_response_is_scored_by_its_own_rubric_where_it_has_one() -> None:
    own = QUALITY.model_copy(update={"criterion": "Is it kind?"})
    (asked,) = PrometheusAbsolute().question(RESPONSE._replace(rubric=own))
    assert "[Is it kind?]\nScore 1:" in asked.content and QUALITY.criterion not in asked.content
