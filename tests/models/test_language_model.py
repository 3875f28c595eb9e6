import errno
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from transformers import MistralConfig, PreTrainedTokenizerFast

from solon.errors import ModelError, StorageError
from solon.models.language_model import LanguageModel
from solon.models.saving import disk_errors, new_folder
from solon.models.scalar_model import ScalarModel
from solon.models.template import Tokens
from solon.models.tiny import Kind, new_language_model, tiny_config
from solon.records import user
from solon.training.batches import pad_batch

NewModel = Callable[..., LanguageModel]
ROWS = [Tokens([0, 9, 8, 7, 6, 20], [0.0] + [1.0] * 5), Tokens([0, 30, 40], [0.0, 1.0, 1.0])]
KINDS: tuple[Kind, ...] = ("llama", "gpt2", "qwen2", "qwen3")


@pytest.mark.parametrize("kind", KINDS)
def test_a_saved_model_loads_as_the_same_model_with_the_same_ids(
    kind: Kind, new_model: NewModel, tmp_path: Path
) -> None:
    saved = new_model(kind)
    saved.save(tmp_path / "model")
    loaded = LanguageModel.load(tmp_path / "model")
    ids = torch.tensor([ROWS[0].ids])
    assert torch.equal(loaded.model(ids).logits, saved.model(ids).logits)
    messages = [user("the baker sells bread .")]
    assert loaded.template.prompt_ids(messages) == saved.template.prompt_ids(messages)
    assert loaded.template.end_ids == saved.template.end_ids


@pytest.mark.parametrize("kind", KINDS)
def test_logits_of_a_padded_batch_are_those_of_each_row_alone(kind: Kind, new_model: NewModel) -> None:
    language_model = new_model(kind)
    batch = pad_batch(ROWS, language_model.template.pad_id)
    wanted_BT = batch.mask_BT.clone()
    wanted_BT[:, 0] = False
    alone = [language_model.model(torch.tensor(row.ids)[None]).logits[0, :-1] for row in ROWS]
    logits_NV = language_model.logits_at(batch.ids_BT, wanted_BT)
    torch.testing.assert_close(logits_NV, torch.cat(alone), rtol=1e-4, atol=1e-4)


def test_logits_are_those_before_the_wanted_token(new_model: NewModel) -> None:
    language_model = new_model()
    batch = pad_batch(ROWS[:1], language_model.template.pad_id)
    wanted_BT = torch.zeros_like(batch.mask_BT)
    wanted_BT[0, 3] = True
    plain_V = language_model.model(batch.ids_BT).logits[0, 2]
    torch.testing.assert_close(language_model.logits_at(batch.ids_BT, wanted_BT), plain_V[None], rtol=1e-4, atol=1e-4)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="there is no such model folder"):
        LanguageModel.load(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("removed", "message"),
    [("config.json", "no config.json"), ("tokenizer*", "no tokenizer there"), ("*.safetensors", "pickled weights")],
)
def test_an_incomplete_folder_says_what_it_lacks(
    removed: str, message: str, new_model: NewModel, tmp_path: Path
) -> None:
    new_model().save(tmp_path / "model")
    for file in (tmp_path / "model").glob(removed):
        file.unlink()
    with pytest.raises(ModelError, match=message):
        LanguageModel.load(tmp_path / "model")


def test_a_sliding_window_model_is_refused_by_name(tokenizer: PreTrainedTokenizerFast) -> None:
    config = MistralConfig(
        vocab_size=len(tokenizer), hidden_size=16, intermediate_size=32, num_hidden_layers=1, num_attention_heads=2,
        num_key_value_heads=2, sliding_window=8,
    )  # fmt: skip
    with pytest.raises(ModelError, match=r"new model \(mistral\).*sliding"):
        new_language_model(config, tokenizer, 0)


def test_new_weights_depend_on_the_seed_alone_and_leave_the_global_generator(
    tokenizer: PreTrainedTokenizerFast,
) -> None:
    config = tiny_config("llama", vocab_size=len(tokenizer), width=8, layers=1, heads=2, context_tokens=16)
    before = torch.random.get_rng_state()
    first, again, other = (new_language_model(config, tokenizer, seed).model.lm_head.weight for seed in (1, 1, 2))
    assert torch.equal(torch.random.get_rng_state(), before)
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_a_full_disk_says_what_to_do_and_keeps_the_old_folder(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "model/weights").write_text("old")
    with (
        pytest.raises(StorageError, match=r"the disk is full.*Free some space"),
        new_folder(tmp_path / "model") as draft,
    ):
        (draft / "weights").write_text("half")
        raise OSError(errno.ENOSPC, "No space left on device")
    assert (tmp_path / "model/weights").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_a_forbidden_folder_is_not_called_full(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="cannot write"), disk_errors(tmp_path):
        raise PermissionError(errno.EACCES, "Permission denied")


@pytest.mark.parametrize("kind", KINDS)
def test_padding_behind_the_text_raises_no_warning(
    kind: Kind, new_model: NewModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    language_model, told = new_model(kind), list[str]()
    language_model.model.config.pad_token_id = language_model.template.pad_id
    monkeypatch.setattr("transformers.modeling_utils.logger.warning_once", told.append)
    ids_BT = pad_batch(ROWS, language_model.template.pad_id).ids_BT
    language_model.hidden(ids_BT)
    ScalarModel.from_policy(language_model, seed=1).model.base_model(input_ids=ids_BT)
    assert told == []
