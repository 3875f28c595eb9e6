"""Each damage fails its own check and no other."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.models.chat_templates import GEMMA_2, SHAPES, Shape, tokenizer_of
from tokenizers import AddedToken, normalizers
from tokenizers.processors import TemplateProcessing
from transformers import PreTrainedTokenizerFast

from solon.models.template_doctor import diagnose
from solon.models.tiny import train_tokenizer

CHATML, LLAMA_3 = SHAPES["chatml"], SHAPES["llama-3"]


def failed(source: Path | PreTrainedTokenizerFast) -> list[str]:
    return [finding.check for finding in diagnose(source) if finding.ok is False]


def jinja(old: str, new: str, shape: Shape = CHATML) -> PreTrainedTokenizerFast:
    assert old in shape.jinja
    return tokenizer_of(shape._replace(jinja=shape.jinja.replace(old, new)))


def without_template() -> PreTrainedTokenizerFast:
    tokenizer = tokenizer_of(CHATML)
    tokenizer.chat_template = None
    return tokenizer


def without_eos() -> PreTrainedTokenizerFast:
    tokenizer = tokenizer_of(LLAMA_3)
    tokenizer.eos_token = None
    return tokenizer


def with_pad(token: str | None, shape: Shape = CHATML) -> PreTrainedTokenizerFast:
    tokenizer = tokenizer_of(shape)
    tokenizer.pad_token = token
    return tokenizer


def adding_bos(shape: Shape) -> PreTrainedTokenizerFast:
    tokenizer = tokenizer_of(shape)
    bos = ("<s>", tokenizer.convert_tokens_to_ids("<s>"))
    tokenizer.backend_tokenizer.post_processor = TemplateProcessing(single="<s> $A", special_tokens=[bos])
    return tokenizer


def lowering() -> PreTrainedTokenizerFast:
    tokenizer = tokenizer_of(CHATML)
    tokenizer.backend_tokenizer.normalizer = normalizers.Lowercase()
    return tokenizer


def with_plain_marks() -> PreTrainedTokenizerFast:
    tokenizer = tokenizer_of(CHATML._replace(others=()))
    tokenizer.add_tokens([AddedToken("<|im_start|>", special=False)])
    return tokenizer


DAMAGES: dict[str, tuple[str, Callable[[], PreTrainedTokenizerFast]]] = {
    "no template": ("chat template", without_template),
    "turns never close": ("end of turn", lambda: jinja("'<|im_end|>' + ", "")),
    "no eos": ("end of turn", without_eos),
    "no pad": ("pad", lambda: with_pad(None)),
    "pad is the end of a turn": ("pad", lambda: with_pad("<|im_end|>")),
    "pad is eos": ("pad", lambda: with_pad("<|end_of_text|>", LLAMA_3)),
    "bos twice": ("one BOS", lambda: jinja("{{ bos_token }}", "{{ bos_token + bos_token }}", LLAMA_3)),
    "bos in plain text only": ("one BOS", lambda: adding_bos(SHAPES["zephyr"]._replace(bos="<s>"))),
    "no generation prompt": ("generation prompt", lambda: jinja("{{ '<|im_start|>assistant\n' }}", "")),
    "another generation prompt": ("generation prompt", lambda: jinja("assistant\n'", "assistant\n\n'")),
    "counts its turns": ("prefix-stable", lambda: jinja("{% for", "{{ messages | length }}{% for")),
    "joins spaces": ("contents unchanged", lambda: jinja("m['content']", "m['content'] | replace('  ', ' ')")),
    "skips the system": (
        "system role",
        lambda: jinja("{% for m in messages %}", "{% for m in messages if m['role'] != 'system' %}"),
    ),
    "marks that are no special tokens": ("no forged turns", with_plain_marks),
    "lowers": ("round trip", lowering),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damage_fails_its_check_and_no_other(damage: str) -> None:
    check, damaged = DAMAGES[damage]
    assert failed(damaged()) == [check]


@pytest.mark.parametrize("name", SHAPES)
def test_a_sound_tokenizer_passes_every_check(name: str) -> None:
    assert failed(tokenizer_of(SHAPES[name])) == []


def test_solons_own_template_passes_every_check() -> None:
    assert failed(train_tokenizer(["is this right ?"] * 4, 300)) == []


def test_a_bos_that_the_tokenizer_adds_by_itself_is_not_doubled() -> None:
    assert failed(adding_bos(SHAPES["llama-2"])) == []


def test_a_template_that_forgets_thoughts_is_told_and_no_failure() -> None:
    [told] = [one for one in diagnose(tokenizer_of(SHAPES["qwen-3"])) if one.check == "prefix-stable"]
    assert told.ok and "rows of their own" in told.detail


def test_a_system_role_that_is_refused_is_told_and_no_failure() -> None:
    findings = diagnose(tokenizer_of(SHAPES["gemma"]._replace(jinja=GEMMA_2)))
    [told] = [finding for finding in findings if finding.check == "system role"]
    assert told.ok and "System role not supported" in told.detail


# ---- folders


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A tokenizer and what a model's config files say of it; no weights."""
    tokenizer = tokenizer_of(CHATML)
    tokenizer.save_pretrained(tmp_path)
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "llama", "vocab_size": len(tokenizer)}))
    stops = {"eos_token_id": [1, tokenizer.eos_token_id]}
    (tmp_path / "generation_config.json").write_text(json.dumps(stops))
    return tmp_path


def test_a_folder_without_weights_is_diagnosed(folder: Path) -> None:
    assert all(finding.ok for finding in diagnose(folder))


def test_an_end_of_turn_that_does_not_stop_generation_is_found(folder: Path) -> None:
    (folder / "generation_config.json").write_text('{"eos_token_id": 1}')
    assert failed(folder) == ["stops"]


def test_tokens_without_a_row_of_the_embedding_are_found(folder: Path) -> None:
    (folder / "config.json").write_text('{"model_type": "llama", "vocab_size": 100}')
    assert failed(folder) == ["vocabulary"]


def test_what_cannot_be_told_is_no_failure_and_says_why() -> None:
    untold = {finding.check: finding.detail for finding in diagnose(tokenizer_of(CHATML)) if finding.ok is None}
    assert set(untold) == {"stops", "vocabulary"}
    assert "generation_config.json" in untold["stops"]
