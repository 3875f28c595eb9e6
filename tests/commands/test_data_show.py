"""What the commands print of rows and chat templates."""

import json
from pathlib import Path
from typing import Any

import pytest
import typer
from tests.models.chat_templates import SHAPES, tokenizer_of
from typer.testing import CliRunner

from solon.commands import data_show
from solon.errors import InputError

app = typer.Typer()
app.command()(data_show.show)
app.command()(data_show.doctor)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tokenizer's folder whose model reads 64 tokens."""
    folder = tmp_path_factory.mktemp("model")
    tokenizer_of(SHAPES["qwen-3"]).save_pretrained(folder)
    (folder / "config.json").write_text('{"model_type": "llama", "max_position_embeddings": 64}')
    return folder


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    file = tmp_path / "rows.jsonl"
    told: list[dict[str, Any]] = [
        {"prompt": "is it right ?", "response": "no [/b]"},
        {"id": "seven", "prompt": "bread ?", "response": "it is"},
        {"prompt": "is it " * 60, "response": "yes"},
        {"prompt": "?", "response": "no"},
    ]
    file.write_text("".join(json.dumps(row) + "\n" for row in told))
    return file


def shown(*arguments: str | Path) -> str:
    result = CliRunner().invoke(app, ["show", *map(str, arguments)], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_trained_tokens_stand_in_brackets_where_there_is_no_terminal(rows: Path, model: Path) -> None:
    headline, *lines = shown(rows, "--model", model, "--row", "1").splitlines()
    # trained: no, a space, the four characters of [/b], and the end
    assert headline.startswith("-- rows:1: ") and headline.endswith(" tokens, 7 trained, context 64")
    assert lines == [
        "<|im_start|>user",
        "is it right ?<|im_end|>",
        "<|im_start|>assistant",
        "<think>",
        "",
        "</think>",
        "",
        "⟦no [/b]<|im_end|>⟧",
        "",
        "⟦trained⟧, the rest is read only",
    ]


def test_the_first_rows_are_shown_and_a_row_that_does_not_fit_is_marked(rows: Path, model: Path) -> None:
    headlines = [line for line in shown(rows, "--model", model).splitlines() if line.startswith("--")]
    assert [line.split(":")[0] for line in headlines] == ["-- rows", "-- seven", "-- rows"]
    assert ["DOES NOT FIT" in line for line in headlines] == [False, False, True]


def test_a_row_is_found_by_its_id(rows: Path, model: Path) -> None:
    told = json.loads(shown(rows, "--model", f"hf:{model}", "--row", "seven", "--json"))
    [row] = told["rows"]
    assert (row["id"], row["fits"], row["left_out"]) == ("seven", True, [])
    assert [part["text"] for part in row["stretches"] if part["weight"]] == ["it is<|im_end|>"]
    assert row["num_trained"] < row["num_tokens"]


@pytest.mark.parametrize("row", ["5", "0", "eight"])
def test_a_row_that_is_not_there_is_an_error(row: str, rows: Path, model: Path) -> None:
    with pytest.raises(InputError, match=f"no row to train on has the number or id '{row}'"):
        shown(rows, "--model", model, "--row", row)


def test_all_answers_or_the_last_are_trained_as_asked(tmp_path: Path) -> None:
    tokenizer_of(SHAPES["chatml"]).save_pretrained(tmp_path / "chatml")
    turns = [{"role": role, "content": text} for role, text in zip(["user", "assistant"] * 2, "abcd", strict=True)]
    file = tmp_path / "rows.jsonl"
    file.write_text(json.dumps({"messages": turns}))
    for train_on, expected in (("all", ["b<|im_end|>", "d<|im_end|>"]), ("last", ["d<|im_end|>"])):
        told = json.loads(shown(file, "--model", tmp_path / "chatml", "--train-on", train_on, "--json"))
        assert [part["text"] for part in told["rows"][0]["stretches"] if part["weight"]] == expected


def test_every_row_of_a_conversation_whose_turns_are_rewritten_is_shown(tmp_path: Path, model: Path) -> None:
    turns = [
        {"role": "user", "content": "a"}, {"role": "assistant", "content": "b", "thinking": "t"},
        {"role": "user", "content": "c"}, {"role": "assistant", "content": "d"},
    ]  # fmt: skip
    file = tmp_path / "rows.jsonl"
    file.write_text(json.dumps({"id": "x", "messages": turns}))
    told = json.loads(shown(file, "--model", model, "--json"))["rows"]
    assert [(row["id"], row["number"], row["num_rows"]) for row in told] == [("x", 1, 2), ("x", 2, 2)]
    # what a row does not show is told of it alone: the thought is trained in the first
    assert [row["left_out"] for row in told] == [[], ["message 1: thinking"]]
    trained = [[part["text"] for part in row["stretches"] if part["weight"]] for row in told]
    assert trained == [["<think>\nt\n</think>\n\nb<|im_end|>"], ["d<|im_end|>"]]
    headlines = [line for line in shown(file, "--model", model).splitlines() if line.startswith("--")]
    assert [line.split(":")[0] for line in headlines] == ["-- x, row 1 of 2", "-- x, row 2 of 2"]


def test_text_is_shown_as_documents(tmp_path: Path, model: Path) -> None:
    file = tmp_path / "town.jsonl"
    file.write_text('{"text": "the baker sells bread ."}\n')
    assert "the⟦ baker sells bread .<|im_end|>⟧" in shown(file, "--model", model)


def test_other_weights_are_told_with_their_tokens_and_in_the_legend() -> None:
    stretches = [data_show.Stretch(text, weight) for text, weight in (("a", 0.0), ("b", 1.0), ("c", 6.0))]
    assert data_show._bracketed(stretches) == "a⟦b⟧⟦x6 c⟧"
    assert "here: 6" in data_show._legend({0.0, 1.0, 6.0}, coloured=False).plain
    painted = data_show._painted(stretches)
    assert [str(span.style) for span in painted.spans] == ["dim", "bold green", "bold yellow"]


def test_the_doctor_exits_with_1_where_a_check_fails_and_names_it(model: Path, tmp_path: Path) -> None:
    skips = "{% for m in messages if m['role'] != 'system' %}"
    jinja = SHAPES["chatml"].jinja.replace("{% for m in messages %}", skips)
    tokenizer_of(SHAPES["chatml"]._replace(jinja=jinja)).save_pretrained(tmp_path)
    result = CliRunner().invoke(app, ["doctor", str(tmp_path)])
    assert result.exit_code == 1
    [line] = [line for line in result.stdout.splitlines() if line.startswith("FAILS")]
    assert "system role" in line
    assert "-> Write it in the chat template" in result.stdout
    sound = CliRunner().invoke(app, ["doctor", str(model), "--json"])
    assert (sound.exit_code, json.loads(sound.stdout)["failed"]) == (0, [])
