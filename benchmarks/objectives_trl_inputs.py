"""Tiny models, rows and arguments for benchmarks/objectives_trl.py, and how log-probabilities are read back."""

from __future__ import annotations

from typing import Any

WORDS = [f"w{i}" for i in range(30)]
GROUPS, SAMPLES = 3, 4  # prompts of a rollout, responses of each


def read(model: Any) -> list[tuple[list[float], list[int]]]:
    """Filled at every forward pass of the model: summed log-probabilities and numbers of tokens of its rows."""
    kept: list[tuple[list[float], list[int]]] = []

    def keep(_: Any, __: Any, outputs: Any) -> None:
        kept.append((outputs.log_probs.sum(1).tolist(), outputs.label_mask.sum(1).tolist()))

    model.register_forward_hook(keep)
    return kept


def halves(name: str, values: list[Any]) -> dict[str, list[Any]]:
    """TRL stacks better responses on worse ones."""
    return {f"{name}_a": values[: len(values) // 2], f"{name}_b": values[len(values) // 2 :]}


def first_batch(trainer: Any) -> dict[str, Any]:
    """The trainer's first batch as it would get it in training."""
    batch: dict[str, Any] = trainer._prepare_inputs(next(iter(trainer.get_train_dataloader())))
    return batch


def common(folder: str, rows: int) -> dict[str, Any]:
    """Arguments of every trainer."""
    return {"output_dir": folder, "report_to": "none", "use_cpu": True, "bf16": False, "gradient_checkpointing": False,
            "per_device_train_batch_size": rows}  # fmt: skip


def sampled(folder: str) -> dict[str, Any]:
    """Arguments of the trainers that sample."""
    return common(folder, GROUPS * SAMPLES) | {
        "num_generations": SAMPLES, "max_completion_length": 9, "per_device_eval_batch_size": GROUPS * SAMPLES
    }  # fmt: skip


def config(**more: Any) -> Any:
    """A decoder of two layers whose random weights are large enough to prefer some words."""
    from transformers import LlamaConfig

    return LlamaConfig(
        vocab_size=len(WORDS) + 2, hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, initializer_range=0.3, pad_token_id=0, bos_token_id=None, eos_token_id=1, **more,
    )  # fmt: skip


def language_model() -> Any:
    """Another random model at every call."""
    from transformers import AutoModelForCausalLM

    return AutoModelForCausalLM.from_config(config()).double()  # type: ignore[no-untyped-call]


def reward_model() -> Any:
    """The same with one score for each text."""
    from transformers import AutoModelForSequenceClassification

    return AutoModelForSequenceClassification.from_config(config(num_labels=1)).double()  # type: ignore[no-untyped-call]


def tokenizer() -> Any:
    """Words to ids; no file is needed."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    words = Tokenizer(models.WordLevel({word: i for i, word in enumerate(["<pad>", "<end>", *WORDS])}, "<pad>"))
    words.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=words, pad_token="<pad>", eos_token="<end>"
    )


def pair_rows() -> Any:
    """Responses of 1 to 7 words."""
    from datasets import Dataset

    lengths = [(3, 5), (1, 2), (7, 2), (4, 4)]
    return Dataset.from_list(
        [{"prompt": "w1 w2", "chosen": words(i, a), "rejected": words(i + 9, b)} for i, (a, b) in enumerate(lengths)]
    )


def single_rows() -> Any:
    """Responses of 1 to 6 words, two of six desirable."""
    from datasets import Dataset

    return Dataset.from_list(
        [{"prompt": f"w{i} w2", "completion": words(5 * i, 1 + i), "label": i in (1, 4)} for i in range(6)]
    )


def words(begin: int, count: int) -> str:
    """Some words in a row."""
    return " " + " ".join(WORDS[(begin + 7 * i) % len(WORDS)] for i in range(count))
