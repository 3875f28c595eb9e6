"""`solon chat` with models of this machine through a pipe, and with a server in a pseudo-terminal."""

import io
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.commands.pseudo_terminal import Person
from tests.event_server import DONE, event, event_server

from solon.cli import status
from solon.models.tiny import new_language_model, tiny_config, train_tokenizer

TEXTS = ["the baker sells bread for 3 coins .", "is this right ? no , it is not ."]


def answers(body: dict[str, Any]) -> Iterator[str]:
    """`endless` never comes to an end; others tell what they were asked last."""
    if body["model"] == "endless":
        while True:
            yield event("on and ")
            time.sleep(0.01)
    for word in (body["model"], " hears ", body["messages"][-1]["content"]):
        yield event(word)
    yield event("", "stop") + DONE


def test_two_models_answer_the_same_through_a_pipe(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    tokenizer = train_tokenizer(TEXTS * 4, vocab_size=330)
    for seed, name in enumerate("ab"):
        config = tiny_config("llama", vocab_size=len(tokenizer), width=16, layers=2, heads=2, context_tokens=96)
        new_language_model(config, tokenizer, seed).save(tmp_path / name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.stdin", io.StringIO("is it fine ?\n/undo\nis it fine ?\n"))
    assert status(["chat", "a", "--beside", "hf:b", "--max-new-tokens", "8"]) == 0
    told = [line for line in capsys.readouterr().out.split("\n") if line.startswith(("a: ", "hf:b: ", "taken back"))]
    assert [line.split(" ")[0] for line in told] == ["a:", "hf:b:", "taken", "a:", "hf:b:"]
    assert told[2] == "taken back: is it fine ?" and told[0] != told[3]  # the turn is another one, so is the seed


def test_in_a_terminal_two_answers_stand_side_by_side(tmp_path: Path) -> None:
    with event_server(answers) as (url, _):
        models = [f"openai:{name}@{url}" for name in ("this", "that")]
        with Person(tmp_path, "chat", models[0], "--beside", models[1]) as person:
            person.wait_for("> ")
            person.type("well ?\n")
            person.wait_for(r"this hears well \? +│ that hears well \?\n")
            person.wait_for("> ")
            person.type("/help\n")
            person.wait_for("before it")


def test_ctrl_c_stops_the_answer_and_not_the_program(tmp_path: Path) -> None:
    with event_server(answers) as (url, asked), Person(tmp_path, "chat", f"openai:endless@{url}") as person:
        person.wait_for("> ")
        person.type("well ?\n")
        person.wait_for("on and on")
        person.interrupt()
        person.wait_for(r"\[stopped\]\n> ")
        person.interrupt()
        person.wait_for("Ctrl-D")
        person.type("more\n")
        person.wait_for("on and on")
        person.interrupt()
        person.wait_for(r"\[stopped\]\n> ")
        person.type("\x04")
        assert person.end()[0] == 0
    history = [message["content"][:6] for message in asked[1]["messages"]]
    assert history == ["well ?", "on and", "more"]
