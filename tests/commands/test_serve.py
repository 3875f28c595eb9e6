"""What `solon serve` refuses before it loads a model, and what it calls one."""

import importlib.util
import os
import signal
import socket
import subprocess
import sys
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


def test_a_folder_is_served_under_its_name_until_it_is_interrupted(extras: None, tmp_path: Path) -> None:
    tokenizer = train_tokenizer(["is this right ?"] * 4, vocab_size=300)
    config = tiny_config("llama", vocab_size=len(tokenizer), width=16, layers=2, heads=2, context_tokens=32)
    new_language_model(config, tokenizer, 0).save(tmp_path / "mine")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    # a process of its own: an interrupt that went wrong would otherwise end the tests
    command = [sys.executable, "-m", "solon", "serve", str(tmp_path / "mine"), "--port", str(port)]
    environment = os.environ | {"SOLON_SERVE_KEY": "sesame"}
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as served:
        try:
            assert served.stderr is not None
            told = next((line for line in served.stderr if "engine address" in line), "")
            assert f"engine address: openai:mine@http://127.0.0.1:{port}/v1" in told
            with openai.OpenAI(base_url=f"http://127.0.0.1:{port}/v1", api_key="sesame", max_retries=8) as client:
                assert [one.id for one in client.models.list()] == ["mine"]
            served.send_signal(signal.SIGINT)
            assert served.wait(timeout=60) in (0, 130)
        finally:
            served.kill()
