"""What transformers does with an exported folder."""

from __future__ import annotations

import contextlib
import io
import json
import re
import shutil
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers
from tests.export.conftest import foreign, model_of, own
from tests.models.adapting import as_if_trained
from transformers import AutoModelForCausalLM

from solon.engines.local import LocalEngine
from solon.errors import InputError, ModelError
from solon.export import Exported, export_stage
from solon.export.card import Stated
from solon.interfaces import PromptResponse, SampleRequest
from solon.models.language_model import LanguageModel
from solon.models.lora import add_adapters, merge_adapters
from solon.models.lora_settings import LoraSettings
from solon.records import Prompt, user
from solon.reward.score import RewardModelScorer

WORDS = ["bread", "coins", "right", "fine", "better", "baker", "sells", "not", "yes", "café", "七点"]
PROMPTS = [f"is {WORDS[n % 11]} {WORDS[n % 7]}{'?' * (n % 3)} {n}" for n in range(100)]


def exported(run: Path, stage: str = "rl_cai", **options: bool) -> Exported:
    return export_stage(run, stage, run.parent / "exported", Stated(), **options)


def of_transformers(done: Exported, prompts: list[str], tokens: int) -> list[str]:
    """Greedy answers; prompts of one length together, so that nothing is padded."""
    tokenizer = getattr(transformers, done.tokenizer_class).from_pretrained(done.folder)
    model: Any = AutoModelForCausalLM.from_pretrained(done.folder)
    rows = [
        tokenizer.apply_chat_template(
            [{"role": "user", "content": one}], add_generation_prompt=True, return_dict=False, enable_thinking=False
        )
        for one in prompts
    ]
    texts = [""] * len(rows)
    order = sorted(range(len(rows)), key=lambda n: len(rows[n]))
    for length, group in groupby(order, key=lambda n: len(rows[n])):
        members = list(group)
        ids = torch.tensor([rows[n] for n in members])
        written = model.generate(
            ids, attention_mask=torch.ones_like(ids), max_new_tokens=tokens, do_sample=False
        )[:, length:]  # fmt: skip
        for n, row in zip(members, written.tolist(), strict=True):
            texts[n] = tokenizer.decode(row, skip_special_tokens=True)
    return texts


@pytest.mark.parametrize(
    "kind, whose",
    # base models of the kinds Llama and GPT-2 have no chat template of their own
    [("llama", "own"), ("gpt2", "own"), ("qwen2", "own"), ("qwen3", "own"), ("qwen2", "foreign"), ("qwen3", "foreign")],
)
def test_transformers_answers_a_hundred_prompts_with_identical_text(
    run: Path, tmp_path: Path, kind: Any, whose: str
) -> None:
    model = own(kind, copying=kind == "llama") if whose == "own" else foreign(kind, tmp_path / "start")
    model.save(model_of(run, "rl_cai"))
    requests = [SampleRequest((user(one),), 0, max_new_tokens=12, temperature=0) for one in PROMPTS]
    expected = [one.text for one in LocalEngine(model).sample(requests)]
    assert len(set(expected)) > 20  # an answer that is always the same would prove little
    done = exported(run)
    assert of_transformers(done, PROMPTS, 12) == expected
    # transformers builds another pre-tokenizer for whatever calls itself Qwen2
    assert done.tokenizer_class == ("PreTrainedTokenizerFast" if (kind, whose) == ("qwen2", "own") else "AutoTokenizer")


def code_of(folder: Path) -> str:
    card = (folder / "README.md").read_text(encoding="utf-8")
    found = re.search(r"```python\n(.*?)```", card, re.S)
    assert found
    return found[1].replace('folder = "."', f"folder = {str(folder)!r}")


def printed(code: str) -> str:
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(code, {})
    return out.getvalue().removesuffix("\n")


def test_the_code_in_the_card_answers_as_the_stage_does(run: Path) -> None:
    request = SampleRequest((user("Hello."),), 0, max_new_tokens=64, temperature=0)
    expected = LocalEngine(LanguageModel.load(model_of(run, "rl_cai"))).sample([request])[0].text
    assert expected and printed(code_of(exported(run).folder)) == expected


def test_the_code_in_the_card_scores_as_the_reward_model_does(run: Path) -> None:
    scorer = RewardModelScorer.load(model_of(run, "preference_model"))
    expected = scorer([PromptResponse(Prompt(id="1", messages=(user("Hello."),)), "Hello.")])[0]
    done = exported(run, "preference_model")
    assert done.kind == "reward model"
    assert float(printed(code_of(done.folder))) == pytest.approx(expected, abs=1e-5)


@pytest.mark.filterwarnings("ignore:.is_gradient_checkpointing:FutureWarning")  # peft asks what transformers renamed
def test_an_adapter_on_its_base_says_what_the_merged_weights_say(run: Path) -> None:
    base, stage = own("llama"), model_of(run, "rl_cai").parent
    base.save(run.parent / "base")
    add_adapters(base, LoraSettings(rank=2), seed=1)
    as_if_trained(base)
    merge_adapters(base, stage / "adapter")
    base.save(stage / "model")
    request = SampleRequest((user("Hello."),), 0, max_new_tokens=64, temperature=0)
    expected = LocalEngine(base).sample([request])[0].text
    folder = exported(run, adapter=True).folder
    assert not (folder / "model.safetensors").exists()
    code = code_of(folder).replace('base = "base"', f"base = {str(run.parent / 'base')!r}")
    assert printed(code) == expected


def test_nothing_is_overwritten(run: Path) -> None:
    (run.parent / "exported").mkdir()
    exported(run)  # an empty folder is as good as none
    with pytest.raises(InputError, match="not empty, and nothing is overwritten"):
        exported(run)


def test_what_cannot_be_exported_is_refused_and_leaves_nothing(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="holds records, not a model"):
        exported(run, "revisions")
    with pytest.raises(InputError, match="all weights were trained"):
        exported(run, adapter=True)
    sample = (user("a text that spells <|end|>"),)  # which transformers reads as the end of a turn
    monkeypatch.setattr("solon.export.loading._SAMPLE", sample)
    with pytest.raises(ModelError, match=r"rl_cai/model: transformers .* would not answer as the stage does"):
        exported(run)
    assert [one.name for one in run.parent.iterdir() if "exported" in one.name] == []


def test_all_tokens_that_end_an_answer_stop_transformers_too(run: Path) -> None:
    template = LanguageModel.load(model_of(run, "rl_cai")).template
    values = json.loads((exported(run).folder / "generation_config.json").read_text())
    assert values["eos_token_id"] == list(template.end_ids) and len(template.end_ids) == 4


def test_solon_reads_what_it_exported(run: Path) -> None:
    requests = [SampleRequest((user(one),), 0, max_new_tokens=12) for one in PROMPTS[:20]]
    before = LocalEngine(LanguageModel.load(model_of(run, "rl_cai"))).sample(requests)
    folder = exported(run).folder
    shutil.rmtree(run)
    assert LocalEngine(LanguageModel.load(folder)).sample(requests) == before
