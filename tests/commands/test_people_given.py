"""What people are asked, from rows of files."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from solon.commands.people_given import GivenCritique, read_critiques
from solon.commands.people_questions import principles_shown, rank_questions, write_questions
from solon.commands.rows import AnsweredPrompt
from solon.constitution import Constitution
from solon.data import QuarantineWriter
from solon.data.fields import prompt_of
from solon.errors import InputError
from solon.interfaces import PromptResponse
from solon.records import Prompt, Revision
from solon.store.records import write_records

WELL, AND_YOU = prompt_of("well?"), prompt_of("and you?")


def rows_of(prompt: Prompt, texts: Sequence[str]) -> list[AnsweredPrompt]:
    return [AnsweredPrompt(f"{prompt.id}-{n}", PromptResponse(prompt, text)) for n, text in enumerate(texts)]


MANY = rows_of(WELL, [f"text {n}" for n in range(12)])


def written(path: Path, *rows: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_annotators_see_the_same_responses_in_orders_of_their_own() -> None:
    ann, bob = (
        rank_questions(MANY, annotator=name, seed=1, num_responses=(4, 9)).questions[0] for name in ("ann", "bob")
    )
    assert 4 <= len(ann.responses) <= 9
    assert set(ann.responses) == set(bob.responses) and ann.responses != bob.responses
    assert rank_questions(MANY, annotator="ann", seed=1, num_responses=(4, 9)).questions == [ann]


def test_the_order_shown_depends_on_seed_and_prompt_and_on_no_other_row() -> None:
    alone = rank_questions(MANY, annotator="ann", seed=1, num_responses=(9, 9)).questions[0]
    others = rank_questions(rows_of(AND_YOU, "abc") + MANY[::-1], annotator="ann", seed=1, num_responses=(9, 9))
    assert set(others.questions[1].responses) != {row.pair.response for row in MANY}
    shuffled = {
        rank_questions(MANY, annotator="ann", seed=seed, num_responses=(12, 12)).questions[0].responses
        for seed in range(5)
    }
    assert len(shuffled) == 5 and alone.responses not in shuffled


def test_alike_responses_are_one_and_keep_the_ids_of_all_their_rows() -> None:
    told = rank_questions(rows_of(WELL, ["a", "b", "a"]), annotator="ann", seed=1, num_responses=(4, 9))
    (question,) = told.questions
    ids = dict(zip(question.responses, question.response_ids, strict=True))
    assert ids == {"a": (f"{WELL.id}-0", f"{WELL.id}-2"), "b": (f"{WELL.id}-1",)}


def test_what_is_not_shown_and_what_cannot_be_ranked_is_counted() -> None:
    told = rank_questions(MANY + rows_of(AND_YOU, "aa"), annotator="ann", seed=1, num_responses=(9, 9))
    # 12 different responses, 9 shown; both answers to the other prompt are alike
    assert (len(told.questions), told.without_choice, told.not_shown) == (1, 1, 3)


def test_a_critique_stands_with_the_response_of_its_row(tmp_path: Path) -> None:
    rows = [{"id": f"{WELL.id}-1", "critique": "too short"}, {"id": "nobody", "critique": "hm"}]
    critiques = read_critiques(written(tmp_path / "c.jsonl", *rows), QuarantineWriter(None))
    (question,) = rank_questions(
        rows_of(WELL, ["a", "b"]), annotator="ann", seed=1, num_responses=(4, 9), critiques=critiques
    ).questions
    (critique,) = question.critiques
    assert (critique.id, critique.text, question.responses[critique.response]) == (f"{WELL.id}-1", "too short", "b")
    assert critiques.num_unused == 1


def test_the_critique_of_a_revision_is_about_the_answer_before_it(tmp_path: Path) -> None:
    prompt = WELL.model_copy(update={"id": "its own"})
    rounds = [
        Revision(prompt=prompt, round=0, text="first"),
        Revision(prompt=prompt, round=1, text="second", critique="the first is rude"),
        Revision(prompt=prompt, round=2, text="third", critique="the second is long"),
    ]
    write_records(tmp_path / "v.jsonl", rounds)
    critiques = read_critiques(tmp_path / "v.jsonl", QuarantineWriter(None))
    assert critiques.of(WELL.id, "second", ["x"]) == [GivenCritique("its own/2", "the second is long")]
    assert critiques.of(WELL.id, "first", ["x"]) == [GivenCritique("its own/1", "the first is rude")]
    assert critiques.of(WELL.id, "third", ["x"]) == [] and critiques.num_unused == 0


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"critique": "hm"}, "`id` is missing"),
        ({"id": "a"}, "`critique` is missing"),
        ({"id": "a", "round": 1}, "a row with `round` is a revision, and `prompt` is none's"),
    ],
)
def test_what_is_no_critique_is_set_aside(row: dict[str, Any], reason: str, tmp_path: Path) -> None:
    path, quarantine = written(tmp_path / "c.jsonl", {"id": "b", "critique": "x"}, row), QuarantineWriter(None)
    read_critiques(path, quarantine)
    assert reason in quarantine.first_reason[path]


def test_a_draft_belongs_to_the_prompt_with_its_text() -> None:
    own = WELL.model_copy(update={"id": "7"})
    drafts = rows_of(WELL, ["one", "two"])
    told = write_questions([own, AND_YOU], drafts=drafts)
    assert [one.draft.text if one.draft else None for one in told.questions] == ["one", None]
    assert told.without_draft == 1
    assert write_questions([own]).without_draft == 0


TOWN = Constitution.model_validate(
    {
        "id": "town",
        "version": 1,
        "principles": [
            {"id": "kind", "text": "be kind", "comparison": "which is kinder?"},
            {"id": "brief", "text": "be brief", "comparison": "which is briefer?"},
            {"id": "true", "text": "be true", "critique_request": "is it true?", "revision_request": "say it truly."},
        ],
    }
)


def test_who_compares_reads_what_a_judge_reads_and_who_writes_reads_the_principle() -> None:
    compared, wrote = (principles_shown(TOWN, "all", use, 1)(WELL) for use in ("comparison", "any"))
    assert [(one.id, one.text) for one in compared] == [("kind", "which is kinder?"), ("brief", "which is briefer?")]
    assert [one.text for one in wrote] == ["be kind", "be brief", "be true"]
    assert compared[0].hash == TOWN.principles[0].hash


def test_the_drawn_principle_is_the_constitutions_draw_for_the_prompt() -> None:
    drawn = principles_shown(TOWN, "drawn", "comparison", 1)
    for prompt in (prompt_of(str(number)) for number in range(20)):
        assert [one.id for one in drawn(prompt)] == [TOWN.draw(1, prompt.id, use="comparison").id]
    assert {drawn(prompt_of(str(number)))[0].id for number in range(20)} == {"kind", "brief"}


def test_a_constitution_that_compares_nothing_is_refused() -> None:
    alone = Constitution(id="c", version="1", principles=TOWN.entries[2:])
    with pytest.raises(InputError, match="no principle with wording for a comparison"):
        principles_shown(alone, "all", "comparison", 1)
