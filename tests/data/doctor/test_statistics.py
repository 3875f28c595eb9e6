"""How the rows of a source look."""

# ruff: noqa: RUF001

from pathlib import Path

import pytest

from solon.data.doctor.figure import save_figure
from solon.data.doctor.statistics import STYLE, StatisticsOf
from solon.data.doctor.texts import question, whole
from solon.records import (
    Demonstration,
    Document,
    LabelledResponse,
    Message,
    Prompt,
    Ranking,
    Span,
    ToolCall,
    assistant,
    user,
)


def demonstration(prompt: str, answer: str) -> Demonstration:
    return Demonstration(id="a", messages=(user(prompt), assistant(answer)), source="s")


def test_lengths_are_of_prompts_and_of_last_answers() -> None:
    collected = StatisticsOf("s")
    collected.add([demonstration("one two", "a b c")])
    turns = (user("one two"), assistant("x"), user("three"), assistant("a b c d e"))
    collected.add([Demonstration(id="b", messages=turns, source="s")])
    found = collected.result()
    assert (found.rows, found.num_responses, found.turns) == (2, 2, (2 + 4) / 2)
    assert found.prompt_words.mean == (2 + 4) / 2
    assert (found.response_words.mean, found.response_words.median) == (4.0, 4.0)
    assert found.response_words.p95 == pytest.approx(3 + 0.95 * 2)
    assert found.response_characters.mean == (5 + 9) / 2


def test_several_judgements_of_a_row_count_its_prompt_and_responses_once() -> None:
    prompt = Prompt(id="p", messages=(user("well?"),))
    rankings = [
        Ranking(id=rater, prompt=prompt, responses=("yes", "no no"), ranks=(0, 1), rater=rater) for rater in "abc"
    ]
    collected = StatisticsOf("s")
    collected.add(rankings)
    found = collected.result()
    assert (found.rows, found.num_responses, found.response_words.mean) == (1, 2, 1.5)


def test_a_chinese_character_counts_as_a_word() -> None:
    collected = StatisticsOf("s")
    collected.add([demonstration("数据库", "ok 数据, fine")])
    found = collected.result()
    assert (found.prompt_words.mean, found.response_words.mean) == (3.0, 4.0)


@pytest.mark.parametrize(
    ("answer", "signs"),
    [
        ("1. one\n2. two", {"list"}),
        ("Take:\n- bread\n- cheese", {"list"}),
        ("It costs 3. 50 is too much - really", set()),
        ("```python\nx = 1\n```", {"code"}),
        ("Do this:\n    return x", {"code"}),
        ("So:\n```\n# first\n- x[0]\n```", {"code"}),
        ("## Plan\nwalk", {"heading"}),
        ("**Plan**\nwalk", {"heading"}),
        ("Walk **now** or never", set()),
        ("See https://example.org", {"link"}),
        ("See [here](a.html)", {"link"}),
        ("It rains [3].", {"citation"}),
        ("It rains.[3, 4]", {"citation"}),
        ("Take x[0] or `[1]`.", set()),
        ("It rains (Smith et al., 2020).", {"citation"}),
        ("It rains (in 2020).", set()),
        ("I'm sorry, but I cannot", {"refusal"}),
        ("I can’t help with that", {"refusal"}),
        ("很抱歉，我不能", {"refusal"}),
        ("I can help; as an AI I cannot tire", set()),
    ],
)
def test_signs_of_style(answer: str, signs: set[str]) -> None:
    collected = StatisticsOf("s")
    collected.add([demonstration("well?", answer)])
    assert {name for name, share in collected.result().style.items() if share} == signs


def test_a_document_has_neither_prompt_nor_turns() -> None:
    collected = StatisticsOf("s")
    collected.add([Document(id="d", spans=(Span(text="a b"), Span(text=" c")), source="text")])
    found = collected.result()
    assert (found.turns, found.prompt_words.mean, found.response_words.mean) == (None, None, 3.0)


def test_a_source_of_prompts_has_no_style() -> None:
    collected = StatisticsOf("s")
    collected.add([Prompt(id="p", messages=(user("well?"),))])
    assert collected.result().style == dict.fromkeys(STYLE)


def test_languages_are_shares_of_rows() -> None:
    collected = StatisticsOf("s")
    for text in (
        "The weather is fine, and we walk along the river.",
        "yes",
        "We are going home before it rains again.",
    ):
        collected.add([demonstration("so?", text)])
    assert collected.result().languages == {"en": 2 / 3, "unknown": 1 / 3}


def test_the_figure_is_drawn_with_and_without_responses(tmp_path: Path) -> None:
    collected = StatisticsOf("a.jsonl")
    save_figure([collected.result()], tmp_path / "none.svg")
    collected.add([demonstration("well?", "yes")])
    save_figure([collected.result()], tmp_path / "one.svg")
    assert (tmp_path / "none.svg").read_text().startswith("<?xml")
    save_figure([collected.result()], tmp_path / "again.svg")
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "again.svg").read_bytes()
    assert (tmp_path / "one.svg").stat().st_size > (tmp_path / "none.svg").stat().st_size


def test_what_makes_two_rows_the_same_is_all_their_text_and_a_question_is_the_users_alone() -> None:
    turns = (user("one"), assistant("two"), user("three"), assistant("four"))
    row = [Demonstration(id="b", messages=turns, source="s")]
    assert (whole(row), question(row)) == ("one\ntwo\nthree\nfour", "one\nthree")
    prompt = Prompt(id="p", messages=(user("one"),))
    ranking = Ranking(id="r", prompt=prompt, responses=("x", "y", "x"), ranks=(0, 1, 0), rater="me")
    assert (whole([ranking, ranking]), question([ranking])) == ("one\nx\ny\nranks (0, 1, 0)", "one")


def test_rows_that_differ_in_their_labels_or_tool_calls_are_not_the_same() -> None:
    prompt = Prompt(id="p", messages=(user("one"),))
    said = [
        LabelledResponse(id="r", prompt=prompt, text="x", labels={"harm": harm}, rater="me") for harm in (True, False)
    ]
    assert whole(said[:1]) != whole(said[1:])
    calls = [
        Message(role="assistant", content="", tool_calls=(ToolCall(name=name, arguments="{}"),)) for name in ("a", "b")
    ]
    asked = [[Demonstration(id="d", messages=(user("one"), call), source="s")] for call in calls]
    assert whole(asked[0]) != whole(asked[1])


@pytest.mark.parametrize(
    ("source", "name"),
    [("/data/gsm8k/test.jsonl.gz", "gsm8k/test"), ("a.v2.parquet", "a.v2"), ("b/notes", "b/notes")],
)
def test_a_source_is_named_by_its_folder_and_file(source: str, name: str) -> None:
    assert StatisticsOf(source).result().name == name
