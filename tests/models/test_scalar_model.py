from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForSequenceClassification

from solon.errors import ModelError
from solon.models.language_model import LanguageModel
from solon.models.scalar_model import ScalarModel
from solon.models.template import Tokens
from solon.models.tiny import Kind
from solon.training.batches import PaddedBatch, pad_batch

NewModel = Callable[..., LanguageModel]
KINDS: tuple[Kind, ...] = ("llama", "gpt2", "qwen2", "qwen3")


def batch_of(*rows: list[int]) -> PaddedBatch:
    return pad_batch([Tokens(ids, [0.0] * len(ids)) for ids in rows], pad_id=1)


@pytest.mark.parametrize("kind", KINDS)
def test_a_score_does_not_depend_on_the_rest_of_the_batch(kind: Kind, new_model: NewModel) -> None:
    scorer = ScalarModel.from_policy(new_model(kind), seed=3)
    together = scorer.last_token_values(batch_of([0, 7, 8], [0, 9, 10, 11, 12]))
    alone = scorer.last_token_values(batch_of([0, 7, 8]))
    torch.testing.assert_close(together[:1], alone, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("kind", KINDS)
def test_the_score_is_what_transformers_computes(kind: Kind, new_model: NewModel, tmp_path: Path) -> None:
    scorer = ScalarModel.from_policy(new_model(kind), seed=3)
    scorer.save(tmp_path / "model")
    theirs = AutoModelForSequenceClassification.from_pretrained(tmp_path / "model").eval()
    batch = batch_of([0, 7, 8], [0, 9, 10, 11, 12])
    expected = theirs(input_ids=batch.ids_BT, attention_mask=batch.mask_BT.long()).logits[:, 0]
    torch.testing.assert_close(scorer.last_token_values(batch), expected, rtol=1e-4, atol=1e-4)


def test_the_shift_is_added_and_kept_in_the_folder(new_model: NewModel, tmp_path: Path) -> None:
    scorer = ScalarModel.from_policy(new_model(), seed=3)
    before = scorer.last_token_values(batch_of([0, 7, 8]))
    scorer.shift = 2.5
    scorer.save(tmp_path / "model")
    loaded = ScalarModel.load(tmp_path / "model")
    assert loaded.shift == 2.5
    torch.testing.assert_close(loaded.last_token_values(batch_of([0, 7, 8])), before + 2.5)


def test_token_values_end_with_the_score_and_are_zero_on_padding(new_model: NewModel) -> None:
    scorer = ScalarModel.from_policy(new_model(), seed=3)
    scorer.shift = 1.0
    batch = batch_of([0, 7, 8], [0, 9, 10, 11, 12])
    values_BT, scores_B = scorer.token_values(batch), scorer.last_token_values(batch)
    torch.testing.assert_close(torch.stack([values_BT[0, 2], values_BT[1, 4]]), scores_B)
    assert values_BT[0, 3:].tolist() == [0.0, 0.0]


def test_training_a_reward_model_leaves_the_policy_alone(new_model: NewModel) -> None:
    policy = new_model()
    embedding: Any = policy.model.get_input_embeddings()
    before = embedding.weight.clone()
    scorer = ScalarModel.from_policy(policy, seed=3)
    with torch.no_grad():
        for parameter in scorer.model.parameters():
            parameter.zero_()
    assert torch.equal(embedding.weight, before)


def test_the_head_depends_on_the_seed_alone(new_model: NewModel) -> None:
    heads: list[Any] = [ScalarModel.from_policy(new_model(), seed).model.score for seed in (3, 3, 4)]
    first, again, other = (head.weight for head in heads)
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_a_classifier_with_several_labels_is_refused(new_model: NewModel, tmp_path: Path) -> None:
    policy = new_model()
    policy.model.config.num_labels = 3
    policy.model.config.pad_token_id = 1
    model = AutoModelForSequenceClassification.from_config(policy.model.config)  # type: ignore[no-untyped-call]
    model.save_pretrained(tmp_path / "model")
    policy.tokenizer.save_pretrained(tmp_path / "model")
    with pytest.raises(ModelError, match="has 3"):
        ScalarModel.load(tmp_path / "model")
