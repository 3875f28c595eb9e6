import json
from pathlib import Path

import pytest

from solon import cli
from solon.sections import ModelSettings
from solon.stages.opening import fresh_model

MIXTURE = """
tokens: 900
phases: {stable: 0.7, decay: 0.3}
sources:
  - {name: chat, files: chat.jsonl, weights: {stable: 1, decay: 1}}
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = ModelSettings(vocab_size=300, width=16, layers=1, heads=2, context_tokens=64)
    fresh_model(settings, ["how are you today? i am well, thank you."] * 3, seed=1).save(Path("model"))
    fresh_model(settings, ["many other words make other tokens here."] * 3, seed=1).save(Path("other"))
    Path("chat.jsonl").write_text(
        "".join(json.dumps({"prompt": "how are you?", "response": f"i am well {n}"}) + "\n" for n in range(40))
    )
    Path("m.yaml").write_text(MIXTURE)
    assert solon("data", "mix", "m.yaml", "--model", "model", "--out", "mixed", "--most-tokens", 64) == 0


def solon(*arguments: object) -> int:
    return cli.status([str(one) for one in arguments])


def train(kind: str, *more: object, start: str = "model") -> int:
    return solon("train", kind, "--start", f"hf:{start}", "--data", "mixed", "--out", kind, *more,
                 "--set", "tokens_per_batch=64")  # fmt: skip


@pytest.mark.parametrize("kind", ["mid", "sft"])
def test_a_mixture_is_trained_on_once_and_in_order(kind: str) -> None:
    assert train(kind) == 0
    steps = [json.loads(line) for line in Path(kind, "metrics.jsonl").read_text().splitlines()]
    assert sum(step["tokens"] for step in steps) == json.loads(Path("mixed/mixture.json").read_text())["tokens"]
    assert steps[-1]["lr"] < 0.3 * steps[0]["lr"] or kind == "sft"
    assert Path(kind, "model", "config.json").is_file()
    assert train(kind) == 0  # finished already


def test_a_mixture_of_another_tokenizer_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert train("sft", start="other") == 1
    assert "mixed: its tokens are not those of" in capsys.readouterr().err


def test_settings_that_do_not_go_with_a_mixture_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert train("sft", "--set", "held_out_share=0.1") == 1
    assert "--set held_out_share: a mixture is what is read here" in capsys.readouterr().err


def test_another_mixture_into_the_same_folder_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert train("mid") == 0
    assert solon("data", "mix", "m.yaml", "--model", "model", "--out", "mixed", "--seed", 2) == 0
    assert train("mid") == 1
    assert "holds a training that differs in data" in capsys.readouterr().err
