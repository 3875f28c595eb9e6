"""People in a pseudo-terminal of the real command line, killed in the middle and resumed."""

import json
import re
import stat
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from tests.commands.pseudo_terminal import Person

from solon.commands.given import read_imitated, read_judgements
from solon.data import QuarantineWriter
from solon.store.ledger import FILE, spending

NUM_ITEMS = 30
TEXTS = ("alder", "birch", "cedar", "dogwood")


def write_rows(file: Path, rows: list[dict[str, Any]]) -> str:
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return file.name


def booked(folder: Path, out: str) -> dict[tuple[str, str, str], int]:
    """(annotator, kind, outcome) -> calls."""
    found = spending(folder / "cache" / FILE, str((folder / out).resolve()))
    return {(one.engine, one.kind, one.outcome): one.calls for one in found}


class Asked:
    """Which items a person saw after they had been told that their answer to it was kept: none, if all is well."""

    def __init__(self) -> None:
        self.kept: list[str] = []

    def item(self, screen: str) -> str:
        """The prompt on the screen."""
        name = re.findall(r"user │ (\S+)\?", screen)[-1]
        assert name not in self.kept, f"{name} is asked twice"
        return str(name)


def order_of(screen: str) -> str:
    """The numbers of the responses on the screen, by alphabet."""
    shown = dict(re.findall(rf"^ +(\d) │ ({'|'.join(TEXTS)})$", screen, re.M))
    return " > ".join(sorted(shown, key=lambda number: shown[number]))


def rank_until(person: Person, asked: Asked, count: int) -> str:
    """Order responses until so many are kept; the next item's screen."""
    screen = person.wait_for("order> ")
    while len(asked.kept) < count:
        name = asked.item(screen)
        person.type(order_of(screen) + "\n")
        person.wait_for(r"kept: [\d >]+\n")
        asked.kept.append(name)
        screen = person.wait_for("order> ") if len(asked.kept) < NUM_ITEMS else ""
    return screen


def test_a_ranking_session_that_is_killed_twice_loses_nothing_and_asks_nothing_twice(tmp_path: Path) -> None:
    rows = [{"id": f"{n}{t}", "prompt": f"p{n}?", "response": t} for n in range(NUM_ITEMS) for t in TEXTS]
    command = ["rank", write_rows(tmp_path / "r.jsonl", rows), "--annotator", "ann", "--out", "k.jsonl"]
    asked = Asked()
    with Person(tmp_path, *command) as person:
        rank_until(person, asked, 10)
        person.type("1 > 2")  # not finished
        person.kill()
    with Person(tmp_path, *command) as person:
        person.type(order_of(rank_until(person, asked, 20)) + "\n")
        person.kill()  # wherever it is with this answer
    with Person(tmp_path, *command) as person:
        left = len(rankings_of(tmp_path)) if person.wait_for("item") else 0
        assert left in (20, 21)
        asked.kept += ["raced"] * (left - 20)
        rank_until(person, asked, NUM_ITEMS)
        status, shown = person.end()
    assert status == 0 and "30 rankings of ann -> k.jsonl (0 skipped, 0 left)" in shown
    rankings = rankings_of(tmp_path)
    assert Counter(one.prompt.messages[0].content for one in rankings) == {f"p{n}?": 1 for n in range(NUM_ITEMS)}
    for one in rankings:
        assert [text for _, text in sorted(zip(one.ranks, one.responses, strict=True))] == list(TEXTS)
    assert booked(tmp_path, "k.jsonl")["ann", "rank", "done"] == NUM_ITEMS


def rankings_of(folder: Path) -> list[Any]:
    """As `train reward` reads them."""
    return read_judgements([folder / "k.jsonl"], QuarantineWriter(None)).rankings


def write_until(person: Person, asked: Asked, count: int) -> str:
    """Write answers of two lines until so many are kept; the next item's screen."""
    screen = person.wait_for("answer> ")
    while len(asked.kept) < count:
        name = asked.item(screen)
        person.type(f"about {name}:\nwell.\n.\n")
        person.wait_for(r"kept: \d+ characters\n")
        asked.kept.append(name)
        screen = person.wait_for("answer> ") if len(asked.kept) < NUM_ITEMS else ""
    return screen


def test_a_writing_session_that_is_killed_twice_loses_nothing_and_asks_nothing_twice(tmp_path: Path) -> None:
    prompts = write_rows(tmp_path / "p.jsonl", [{"id": str(n), "prompt": f"p{n}?"} for n in range(NUM_ITEMS)])
    command = ["demonstrate", prompts, "--annotator", "ann", "--out", "d.jsonl", "--price-per-item", "0.5"]
    asked = Asked()
    with Person(tmp_path, *command) as person:
        write_until(person, asked, 10)
        person.type("half an answer\n")
        person.wait_for(r"\.\.\. ")
        person.kill()
    with Person(tmp_path, *command) as person:
        name = asked.item(write_until(person, asked, 20))
        person.type(f"about {name}:\nwell.\n.\n")
        person.kill()
    with Person(tmp_path, *command) as person:
        person.wait_for("item")
        left = len(demonstrations_of(tmp_path))
        assert left in (20, 21)
        asked.kept += ["raced"] * (left - 20)
        write_until(person, asked, NUM_ITEMS)
        status, shown = person.end()
    assert status == 0 and "30 demonstrations of ann -> d.jsonl (0 skipped, 0 left)" in shown
    told = [tuple(turn.content for turn in one.messages) for one in demonstrations_of(tmp_path)]
    assert sorted(told) == sorted((f"p{n}?", f"about p{n}:\nwell.") for n in range(NUM_ITEMS))
    assert booked(tmp_path, "d.jsonl")["ann", "demonstrate", "done"] == NUM_ITEMS


def demonstrations_of(folder: Path) -> list[Any]:
    """As `train sft` reads them."""
    return read_imitated([folder / "d.jsonl"], QuarantineWriter(None), "all")


def test_the_editor_of_the_person_opens_the_draft(tmp_path: Path) -> None:
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\necho "and more" >> "$1"\n')
    editor.chmod(editor.stat().st_mode | stat.S_IXUSR)
    write_rows(tmp_path / "p.jsonl", [{"prompt": "well?"}])
    write_rows(tmp_path / "draft.jsonl", [{"id": "m", "prompt": "well?", "response": "one line\n"}])
    told = ["--annotator", "ann", "--out", "d.jsonl", "--draft", "draft.jsonl"]
    with Person(tmp_path, "demonstrate", "p.jsonl", *told, EDITOR=str(editor), VISUAL="") as person:
        person.wait_for(r"draft │ one line[\s\S]*answer> ")
        person.type("e\n")
        person.wait_for(r"\d+ characters[\s\S]*answer> ")
        person.type(".\n")
        assert person.end()[0] == 0
    (one,) = demonstrations_of(tmp_path)
    assert one.messages[-1].content == "one line\nand more"
    assert (one.annotation.draft, one.annotation.draft_id) == ("one line\n", "m")


def test_a_response_cannot_clear_the_screen(tmp_path: Path) -> None:
    rows = [{"prompt": "p?", "response": text} for text in ("\x1b[2J\x1b[H", "\x1b]0;title\x07", "plain")]
    write_rows(tmp_path / "r.jsonl", rows)
    with Person(tmp_path, "rank", "r.jsonl", "--annotator", "ann", "--out", "k.jsonl") as person:
        screen = person.wait_for("order> ")
        assert "\\x1b[2J\\x1b[H" in screen and "\\x1b]0;title\\x07" in screen
        assert "\x1b[2J" not in screen and "\x1b]" not in screen


def test_ctrl_c_stops_and_says_that_the_same_command_goes_on(tmp_path: Path) -> None:
    write_rows(tmp_path / "p.jsonl", [{"prompt": "well?"}])
    with Person(tmp_path, "demonstrate", "p.jsonl", "--annotator", "ann", "--out", "d.jsonl") as person:
        person.wait_for("answer> ")
        person.interrupt()
        status, shown = person.end()
    assert status == 130 and "the same command goes on where it stopped" in shown


def test_a_line_that_the_terminal_would_cut_is_refused_where_it_edits_lines_itself(tmp_path: Path) -> None:
    write_rows(tmp_path / "p.jsonl", [{"prompt": "well?"}])
    told = ["--annotator", "ann", "--out", "d.jsonl", "--json"]
    with Person(tmp_path, "demonstrate", "p.jsonl", *told, stdout=tmp_path / "result.json") as person:
        person.wait_for("answer> ")
        person.type("x" * 5000 + "\n")
        person.wait_for("the terminal drops what goes beyond 4095 bytes")
        person.wait_for("answer> ")
        person.type("short\n.\n")
        assert person.end()[0] == 0
    assert [one.messages[-1].content for one in demonstrations_of(tmp_path)] == ["short"]
    assert json.loads((tmp_path / "result.json").read_text())["demonstrations"] == 1


def test_with_line_editing_a_line_may_be_longer_than_a_terminal_gives(tmp_path: Path) -> None:
    pytest.importorskip("readline", reason="this Python has no line editing")
    write_rows(tmp_path / "p.jsonl", [{"prompt": "well?"}])
    with Person(tmp_path, "demonstrate", "p.jsonl", "--annotator", "ann", "--out", "d.jsonl") as person:
        person.wait_for("answer> ")
        for _ in range(10):  # a keyboard's buffer is smaller than the line
            person.type("x" * 500)
            person.wait_for("x{20}")
        person.type("\n")
        person.wait_for(r"\.\.\. ")
        person.type(".\n")
        person.wait_for("kept: 5000 characters")
