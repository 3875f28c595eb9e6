"""What `solon serve` refuses before it loads a model, and what it calls one."""

import importlib.util
import os
import signal
import socket
import threading
from pathlib import Path

import openai
import pytest

from solon.cli import status
from solon.models.tiny import new_language_model, tiny_config, train_tokenizer


@pytest.fixture
def extras(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("fastapi", reason="the packages of the server are missing: pip install 'solon[serve]'")


def test_a_server_is_not_served_again(extras: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert status(["serve", "openai:m@http://127.0.0.1:1/v1"]) == 1
    assert "is a server already; name a model of this machine" in capsys.readouterr().err


def test_a_port_that_is_taken_is_told(extras: None, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert status(["serve", "anything", "--port", port]) == 1
    assert f"cannot listen on 127.0.0.1:{port} (Address already in use); choose another" in capsys.readouterr().err


def test_what_is_missing_is_told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert status(["serve", "anything"]) == 1
    assert "pip install 'solon[serve]'" in capsys.readouterr().err


def test_a_folder_is_served_under_its_name_until_it_is_interrupted(
    extras: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    tokenizer = train_tokenizer(["is this right ?"] * 4, vocab_size=300)
    config = tiny_config("llama", vocab_size=len(tokenizer), width=16, layers=2, heads=2, context_tokens=32)
    new_language_model(config, tokenizer, 0).save(tmp_path / "mine")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    names: list[str] = []

    def ask() -> None:
        client = openai.OpenAI(base_url=f"http://127.0.0.1:{port}/v1", api_key="sesame", max_retries=8)
        names.extend(one.id for one in client.models.list())
        os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setenv("SOLON_SERVE_KEY", "sesame")
    asking = threading.Thread(target=ask)
    asking.start()
    assert status(["serve", str(tmp_path / "mine"), "--port", str(port)]) in (0, 130)
    asking.join()
    assert names == ["mine"]
    assert f"engine address: openai:mine@http://127.0.0.1:{port}/v1" in capsys.readouterr().err
