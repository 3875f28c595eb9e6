import json
from pathlib import Path
from typing import Any

import pytest
from tests.models.chat_templates import SHAPES, tokenizer_of
from tests.models.test_template import foreign

from solon.data.prepare import prepare
from solon.data.quarantine import QuarantineWriter
from solon.data.rows import read_demonstrations
from solon.data.shards import TokenShard
from solon.errors import InputError
from solon.models.template import ChatTemplate
from solon.models.tiny import train_tokenizer
from solon.records import Document, Span

OWN = ChatTemplate(train_tokenizer(["the baker sells bread .", "is this right ? no , it is not ."] * 4, 320), "own")
ALPACA = [
    {"instruction": f"is bread {i} right ?", "input": "no" * (i % 3), "output": " ".join(["it is not ."] * (1 + i % 9))}
    for i in range(600)
]
TURNS = {
    "messages": [
        {"role": "user", "content": "the baker <|end|>"},
        {"role": "assistant", "content": " sells\nbread 人 "},
        {"role": "user", "content": "no"},
        {"role": "assistant", "content": "it is"},
    ]
}


def written(folder: Path, *rows: Any) -> Path:
    path = folder / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def prepared(path: Path, folder: Path, template: ChatTemplate = OWN, **options: Any) -> TokenShard:
    quarantine = QuarantineWriter(folder / "quarantine.jsonl")
    settings = {"vocab_size": 320, "most_tokens": 512, "quarantine": quarantine, **options}
    told = prepare([path], template, folder / "shard", **settings)
    counts = quarantine.counts[path]
    assert counts.rows_in == counts.used + counts.quarantined
    shard = TokenShard(folder / "shard")
    assert (len(shard), int(shard.lengths.sum())) == (told["num_rows"], told["num_tokens"])
    return shard


@pytest.mark.parametrize("template", [OWN, foreign()[0]], ids=["own", "foreign"])
def test_rows_have_the_tokens_and_weights_that_the_template_renders(template: ChatTemplate, tmp_path: Path) -> None:
    path = written(tmp_path, *ALPACA, TURNS)
    rendered = [template.render(one) for one in read_demonstrations(path, QuarantineWriter(None))]
    assert list(prepared(path, tmp_path, template)) == rendered


def test_packing_changes_the_order_of_rows_alone(tmp_path: Path) -> None:
    path = written(tmp_path, *ALPACA, TURNS)
    plain = list(prepared(path, tmp_path / "plain"))
    shard = prepared(path, tmp_path / "packed", packing=True, most_tokens=256)
    assert sorted(shard) == sorted(plain)
    assert [row for sequence in shard.sequences for row in sequence] == list(range(len(shard)))
    assert max(sum(len(shard[row].ids) for row in sequence) for sequence in shard.sequences) <= 256
    assert shard.about["fill"] > 0.95


def test_several_processes_write_what_one_does(tmp_path: Path) -> None:
    path = written(tmp_path, *ALPACA, {"instruction": "x"}, *ALPACA, TURNS)
    for folder, processes in (("one", 1), ("two", 2)):
        prepared(path, tmp_path / folder, packing=True, processes=processes)
    for file in sorted((tmp_path / "one").rglob("*.*")):
        assert file.read_bytes() == (tmp_path / "two" / file.relative_to(tmp_path / "one")).read_bytes()


def test_text_becomes_documents(tmp_path: Path) -> None:
    path = written(tmp_path, {"text": "the baker sells"}, {"text": "bread ."})
    documents = [Document(id="d", spans=(Span(text=text),), source="s") for text in ("the baker sells", "bread .")]
    assert list(prepared(path, tmp_path)) == [OWN.render_document(one) for one in documents]


def test_what_cannot_be_used_goes_to_quarantine_with_its_line_and_reason(tmp_path: Path) -> None:
    path = written(tmp_path, ALPACA[0], {"instruction": "x"}, "text", {"text": "it is " * 300}, {"text": "\ud800"})
    shard = prepared(path, tmp_path, long_rows="drop")
    assert len(shard) == 1
    lines = [json.loads(line) for line in (tmp_path / "quarantine.jsonl").read_text().splitlines()]
    assert [line["line"] for line in lines] == [2, 3, 4, 5]
    assert (
        "no answer" in lines[0]["reason"] and "603 tokens, and at most 512 fit: left out as asked" in lines[2]["reason"]
    )


def test_a_long_row_is_an_error_that_names_its_line(tmp_path: Path) -> None:
    path = written(tmp_path, ALPACA[0], {"text": "it is " * 300})
    with pytest.raises(InputError, match=r"rows.jsonl:2: the row has 603 tokens, and at most 512 fit"):
        prepared(path, tmp_path)


def test_a_file_of_which_no_row_can_be_used_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="none of its 2 rows can be used; line 1"):
        prepared(written(tmp_path, {"a": 1}, {"b": 2}), tmp_path)


def test_a_conversation_whose_turns_are_rewritten_is_several_rows_and_counted(tmp_path: Path) -> None:
    template = ChatTemplate(tokenizer_of(SHAPES["qwen-3"]), "qwen-3")
    path = written(tmp_path, TURNS, ALPACA[0])
    shard = prepared(path, tmp_path, template)
    demonstrations = read_demonstrations(path, QuarantineWriter(None))
    assert list(shard) == [row for one in demonstrations for row in template.rows_of(one)]
    counts = shard.about["rows"]
    assert (counts["divided"], counts["rows_in"], counts["rows_out"]) == (1, 3, 3)


def test_a_row_that_cannot_be_told_from_its_context_is_set_aside(tmp_path: Path) -> None:
    counts = "{% if messages | length > 2 %}{{ messages | length }}{% endif %}"
    counting = counts + SHAPES["chatml"].jinja
    template = ChatTemplate(tokenizer_of(SHAPES["chatml"]._replace(jinja=counting)), "counts")
    assert len(prepared(written(tmp_path, ALPACA[0], TURNS), tmp_path, template)) == 1
    [line] = (tmp_path / "quarantine.jsonl").read_text().splitlines()
    assert "rewrites earlier turns when message 3 is added" in json.loads(line)["reason"]
