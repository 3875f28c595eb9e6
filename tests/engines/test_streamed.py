"""Engines that are heard while they answer, with their calls in the ledger."""

import json
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.event_server import DONE, event, event_server

from solon.addresses import open_engine, open_streamed
from solon.engines.config import EngineConfig
from solon.errors import EngineError
from solon.interfaces import SampleRequest
from solon.models.language_model import LanguageModel
from solon.records import user
from solon.store.ledger import ledger_path

ASKED = SampleRequest((user("is bread fine ?"),), seed=3, max_new_tokens=12)
CONFIG = EngineConfig()


@pytest.fixture
def address(new_model: Callable[..., LanguageModel], tmp_path: Path) -> str:
    new_model().save(tmp_path / "model")
    return f"hf:{tmp_path / 'model'}"


def outcomes() -> list[str]:
    with sqlite3.connect(ledger_path()) as file:
        found = [row[0] for row in file.execute("SELECT outcome FROM calls ORDER BY id")]
    file.close()
    return found


def test_an_answer_that_stands_in_the_ledger_is_free(address: str) -> None:
    said = open_engine(address, CONFIG, work="w").sample([ASKED])[0]
    heard: list[str] = []
    assert open_streamed(address, CONFIG, work="chat").answer(ASKED, heard.append) == said
    assert heard == [] and outcomes() == ["done", "reused"]


def test_an_answer_that_was_broken_off_is_no_answer_of_the_ledger(address: str) -> None:
    class Enough(Exception):
        pass

    def refuse(text: str) -> None:
        raise Enough

    engine = open_streamed(address, CONFIG, work="chat")
    with pytest.raises(Enough):
        engine.answer(ASKED, refuse)
    heard: list[str] = []
    whole = engine.answer(ASKED, heard.append)
    assert whole.text.startswith(heard[-1]) and outcomes() == ["stopped", "done"]


def test_a_server_is_heard_piece_by_piece() -> None:
    usage = f"data: {json.dumps({'choices': [], 'usage': {'prompt_tokens': 7, 'completion_tokens': 2}})}\n\n"
    heard: list[str] = []
    pieces = [event("it "), event("is."), event("", "length"), usage, DONE]
    with event_server(lambda body: pieces) as (url, asked):
        said = open_streamed(f"openai:m@{url}", CONFIG, work="chat").answer(ASKED, heard.append)
    assert heard == ["it ", "it is."]
    assert said == ("it is.", True, 2, 7, "")
    assert asked[0]["stream"] is True and asked[0]["messages"] == [{"role": "user", "content": "is bread fine ?"}]


@pytest.mark.parametrize("then", ["", 'data: {"error": {"message": "no memory"}}\n\n', "data: {\n\n"])
def test_an_answer_of_a_server_that_breaks_off_is_none(then: str) -> None:
    with event_server(lambda body: [event("it "), then]) as (url, _), pytest.raises(EngineError, match="broke off"):
        open_streamed(f"openai:m@{url}", CONFIG, work="chat").answer(ASKED, lambda text: None)
    assert outcomes() == ["stopped"]


def test_what_a_server_refuses_is_told() -> None:
    refusal = json.dumps({"error": {"message": "too long"}})
    with event_server(lambda body: [refusal], status=400) as (url, _):
        said = open_streamed(f"openai:m@{url}", CONFIG, work="chat").answer(ASKED, lambda text: None)
    assert said.text == "" and "too long" in said.failure


def test_a_chat_with_a_server_needs_no_torch() -> None:
    code = (
        "import sys; from solon.commands.chat import chat; from solon.chat import Talk; "
        "from solon.addresses import open_streamed; from solon.engines.config import EngineConfig; "
        "open_streamed('openai:m@http://127.0.0.1:1/v1', EngineConfig(), work='chat'); "
        "print([one for one in ('torch', 'transformers') if one in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
