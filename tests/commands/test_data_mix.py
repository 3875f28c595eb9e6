"""`solon data mix` from files to tokens."""

import json
from pathlib import Path

import pytest
import typer
from tests.models.chat_templates import SHAPES, tokenizer_of
from typer.testing import CliRunner

from solon.commands.data_mix import mix
from solon.errors import InputError

app = typer.Typer()
app.command()(mix)

CONFIG = """\
tokens: 2000
phases: {stable: 0.5, decay: 0.5}
sources:
  - {name: text, files: text.jsonl, weights: {stable: 3, decay: 1}}
  - {name: answers, files: answers.jsonl, weights: {stable: 1, decay: 1}}
  - {name: dose, files: answers.jsonl, add: 5}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    tokenizer_of(SHAPES["chatml"]).save_pretrained(tmp_path / "model")
    (tmp_path / "mix.yaml").write_text(CONFIG)
    text = [{"text": f"the bread is {number} days old"} for number in range(20)]
    answers = [{"prompt": "is it right ?", "response": f"no {number}"} for number in range(20)]
    for name, rows in (("text", text), ("answers", [*answers, {"prompt": "and this ?"}])):
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return tmp_path


def run(folder: Path, *options: str) -> str:
    given = [str(folder / "mix.yaml"), "--model", str(folder / "model"), "--out", str(folder / "out"), *options]
    return CliRunner().invoke(app, [*given, "--processes", "1"], catch_exceptions=False).stdout


def test_mix_tells_shares_added_rows_and_what_could_not_be_used(folder: Path) -> None:
    told = json.loads(run(folder, "--json"))
    # The file of answers is read for two sources, and its last row has no answer.
    assert (told["rows_in"], told["rows_used"], told["quarantined"]) == (41, 40, 1)
    assert told["mixture"]["sources"]["dose"]["rows_read"] == 5
    # In 1,000 tokens of a phase a row of about 20 tokens is 2 %.
    assert told["mixture"]["largest_difference"] < 0.03
    assert (folder / "out" / "mixture.json").is_file() and (folder / "out" / "mixture.png").is_file()


def contents(folder: Path) -> dict[Path, tuple[bytes, int]]:
    return {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in sorted(folder.rglob("*")) if path.is_file()}


def test_given_again_it_says_that_it_is_finished_and_tells_the_same(folder: Path) -> None:
    first = json.loads(run(folder, "--json"))
    aside, before = folder / "out.quarantine.jsonl", contents(folder / "out")
    rows = aside.read_text()
    assert [json.loads(row)["line"] for row in rows.splitlines()] == [21, 21]  # read for two sources
    assert json.loads(run(folder, "--json")) == {**first, "finished_before": True}
    assert (contents(folder / "out"), aside.read_text()) == (before, rows)
    assert "finished already" in run(folder)


def test_a_changed_file_seed_or_key_is_mixed_anew_as_in_a_new_folder(folder: Path) -> None:
    run(folder)
    tokens = (folder / "out/tokens/ids.bin").read_bytes()
    assert not json.loads(run(folder, "--json", "--seed", "1"))["finished_before"]
    assert (folder / "out/tokens/ids.bin").read_bytes() != tokens
    assert not json.loads(run(folder, "--json"))["finished_before"]
    assert (folder / "out/tokens/ids.bin").read_bytes() == tokens
    with (folder / "text.jsonl").open("a") as file:
        file.write(json.dumps({"text": "one row more"}) + "\n")
    told = json.loads(run(folder, "--json"))
    # The quarantined row of the file that did not change is told again.
    assert (told["finished_before"], told["rows_in"], told["quarantined"]) == (False, 42, 1)
    assert len((folder / "out.quarantine.jsonl").read_text().splitlines()) == 2
    answers = folder / "answers.jsonl"
    answers.write_text("".join(line for line in answers.read_text().splitlines(True) if "response" in line))
    assert json.loads(run(folder, "--json"))["quarantined"] == 0
    assert not (folder / "out.quarantine.jsonl").exists()
    again = folder / "again"
    CliRunner().invoke(
        app, [str(folder / "mix.yaml"), "--model", str(folder / "model"), "--out", str(again), "--processes", "1"]
    )
    assert (again / "tokens/ids.bin").read_bytes() == (folder / "out/tokens/ids.bin").read_bytes()


def test_a_key_of_the_mixture_may_be_set_and_an_unknown_one_is_named(folder: Path) -> None:
    told = json.loads(run(folder, "--json", "--set", "tokens=500"))
    assert 500 <= told["mixture"]["tokens"] < 600
    with pytest.raises(InputError, match="tokenz"):
        run(folder, "--set", "tokenz=5")
