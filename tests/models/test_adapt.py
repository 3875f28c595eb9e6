import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedTokenizerFast

from solon.engines.local import LocalEngine
from solon.errors import InputError, ModelError
from solon.interfaces import OptionRequest, SampleRequest
from solon.models.adapt import adapt
from solon.models.language_model import LanguageModel
from solon.models.tiny import tiny_config
from solon.records import user


def stories() -> Path:
    data = os.environ.get("SOLON_DATA", str(Path(__file__).parents[3] / "shared"))
    folder = Path(data) / "models/stories260k"
    if not folder.is_dir():
        pytest.skip(f"no model in {folder}: set SOLON_DATA to the folder that holds models/stories260k")
    return folder


@pytest.fixture(scope="module")
def adapted(tmp_path_factory: pytest.TempPathFactory) -> LanguageModel:
    target = tmp_path_factory.mktemp("adapted") / "model"
    adapt(str(stories()), target)
    return LanguageModel.load(target)


def test_a_base_model_without_turn_tokens_is_told_to_adapt() -> None:
    with pytest.raises(ModelError, match="solon models adapt"):
        LanguageModel.load(stories())


def test_an_adapted_base_model_still_tells_stories(adapted: LanguageModel) -> None:
    request = SampleRequest((user("hello"),), seed=0, max_new_tokens=8, temperature=0, prefill="Once upon a time")
    assert LocalEngine(adapted).sample([request])[0].text == ", there was a little girl"


def test_an_adapted_base_model_scores_the_likely_option_higher(adapted: LanguageModel) -> None:
    request = OptionRequest((user("hello"),), ("time", "zebra"), prefill="Once upon a ")
    time, zebra = LocalEngine(adapted).option_logprobs([request])[0].values
    assert time > -0.1
    assert zebra < -5


@pytest.mark.parametrize("text", ["Once upon a time", "two  spaces", "x ", "line\nline", "é 日 <|end|> </s>"])
def test_content_survives_the_round_trip_of_a_sentencepiece_tokenizer(text: str, adapted: LanguageModel) -> None:
    assert adapted.template.decode(adapted.template.response_ids(text)) == text


def test_new_rows_of_the_embedding_are_the_mean_of_the_old_ones(adapted: LanguageModel) -> None:
    embedding: Any = adapted.model.get_input_embeddings()
    weight = embedding.weight.detach()
    torch.testing.assert_close(weight[512:], weight[:512].mean(dim=0).expand(5, -1), rtol=1e-4, atol=1e-6)


def test_the_departure_is_recorded(adapted: LanguageModel) -> None:
    report = json.loads((Path(adapted.name) / "adapt.json").read_text())
    assert (report["vocabulary_before"], report["vocabulary_after"]) == (512, 517)
    assert report["added_tokens"] == ["<|user|>", "<|assistant|>", "<|system|>", "<|end|>", "<|pad|>"]


def test_other_programs_read_the_same_prompt_from_the_adapted_folder(adapted: LanguageModel) -> None:
    tokenizer = AutoTokenizer.from_pretrained(adapted.name)
    turns = [{"role": "user", "content": "Once upon a time"}]
    theirs = tokenizer.apply_chat_template(turns, add_generation_prompt=True, return_dict=False)
    assert theirs == adapted.template.prompt_ids([user("Once upon a time")])


def test_a_complete_chat_template_is_kept(tokenizer: PreTrainedTokenizerFast, tmp_path: Path) -> None:
    own = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer.backend_tokenizer, eos_token="<|end|>"
    )
    own.chat_template = "{% for m in messages %}{{ m['role'] + ': ' + m['content'] + '<|end|>' }}{% endfor %}"
    own.chat_template += "{% if add_generation_prompt %}{{ 'assistant: ' }}{% endif %}"
    save_llama(own, tmp_path / "source")
    report = adapt(str(tmp_path / "source"), tmp_path / "target")
    assert report.chat_template == "kept"
    assert LanguageModel.load(tmp_path / "target").tokenizer.chat_template == own.chat_template


def test_nothing_is_overwritten(tmp_path: Path, new_model: Callable[..., LanguageModel]) -> None:
    new_model().save(tmp_path / "model")
    with pytest.raises(InputError, match="exists already"):
        adapt(str(tmp_path / "model"), tmp_path / "model")


def save_llama(tokenizer: PreTrainedTokenizerFast, folder: Path) -> None:
    config = tiny_config("llama", vocab_size=len(tokenizer), width=8, layers=1, heads=2, context_tokens=32)
    model = AutoModelForCausalLM.from_config(config)  # type: ignore[no-untyped-call]
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
