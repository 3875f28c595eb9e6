"""What both sides train on: models with random weights, a tokeniser, rows and prompts, in one folder.

    FOLDER/model          a Llama that ends a text with probability 0.14 at each token
    FOLDER/endless        the same, and it never ends
    FOLDER/reward         the same backbone under a scalar head
    FOLDER/rows.json      [{ids, own}]: conversations of two turns; `own` tokens at the end are the answer's
    FOLDER/pairs.json     [{prompt, chosen, rejected}] in ids
    FOLDER/prompts.json   [text] of 26 to 56 tokens
    FOLDER/few.json       [text]: prompts of the first steps, which both sides' losses are compared on

Lengths of rows are log-normal: mean 120 tokens, at most 500, about a third of it the prompt.
"""

from __future__ import annotations

import json
import math
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from solon.models.language_model import LanguageModel
from solon.models.rendering import END
from solon.models.scalar_model import ScalarModel
from solon.models.tiny import new_language_model, tiny_config, train_tokenizer

SIZES = {
    "XS": (128, 4, 4, 384, 1024),
    "S": (192, 6, 6, 512, 2048),
    "M": (512, 8, 8, 1024, 8192),
    "L": (768, 12, 12, 2048, 16384),
}
"""Width, layers, heads, feed-forward width, vocabulary: 1, 3, 25 and 97 million parameters."""
ANSWERED = 0.61
"""Share of the rows' tokens that answers have: only they go through the vocabulary matrix."""
END_PROBABILITY = 0.14
_MANY = 1500


def write_material(folder: Path, size: str) -> None:
    """Make the folder; what is there stays."""
    if (folder / "few.json").is_file():
        return
    folder.mkdir(parents=True, exist_ok=True)
    draw = random.Random(0)
    words = _words(draw)
    width, layers, heads, ffn, vocabulary = SIZES[size]
    tokenizer = train_tokenizer((words(100) for _ in range(4000)), vocabulary)
    config = tiny_config(
        "llama", vocab_size=len(tokenizer), width=width, layers=layers, heads=heads, ffn_width=ffn, context_tokens=2048
    )
    policy = new_language_model(config, tokenizer, seed=0)
    set_end_probability(policy.model, tokenizer, END_PROBABILITY)
    policy.save(folder / "model")
    ScalarModel.from_policy(policy, seed=1).save(folder / "reward")
    set_end_probability(policy.model, tokenizer, 0.0)
    policy.save(folder / "endless")
    reader = LanguageModel.load(folder / "model")
    _write(folder / "rows.json", [_row(reader, words, length, draw) for length in _lengths(_MANY, draw)])
    _write(folder / "pairs.json", [_pair(reader, words, length, draw) for length in _lengths(_MANY, draw)])
    _write(folder / "prompts.json", [_tokens_long(reader, words, draw.randint(26, 56)) for _ in range(_MANY)])
    _write(folder / "few.json", [_tokens_long(reader, words, draw.randint(26, 56)) for _ in range(64)])


def flops_per_token(size: str) -> float:
    """Of SFT on the rows: multiply-adds counted as two, forward and backward, without attention."""
    width, layers, _, ffn, vocabulary = SIZES[size]
    return 6 * (layers * (4 * width**2 + 3 * width * ffn) + ANSWERED * width * vocabulary)


def set_end_probability(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, probability: float) -> None:
    """Change the embedding of the end token until the model gives it this probability on average; 0 is never.

    All words get the same small value in one dimension, so that hidden states agree about it, and the end token a value
    of its own.
    """
    end: Any = tokenizer.convert_tokens_to_ids(END)
    generator = torch.Generator().manual_seed(0)
    ids_BT = torch.randint(10, len(tokenizer), (8, 64), generator=generator)
    with torch.no_grad():
        weight_VD: Any = model.get_input_embeddings().weight
        weight_VD[:, 0] = 0.3
        low, high = (-3.0, -3.0) if probability == 0 else (0.0, 20.0)
        for _ in range(30):
            weight_VD[end, 0] = (low + high) / 2
            found = model(ids_BT).logits.softmax(-1)[..., end].mean().item()
            low, high = ((low + high) / 2, high) if found < probability else (low, (low + high) / 2)


def _words(draw: random.Random) -> Callable[[int], str]:
    """Text of so many words, of a vocabulary as uneven as language's."""
    syllables = [a + b + c for a in "bdfgklmnprstvz" for b in ("a", "e", "i", "o", "ou") for c in ("", "n", "r", "s")]
    vocabulary = ["".join(draw.choices(syllables, k=draw.choice((1, 1, 2, 2, 3)))) for _ in range(20_000)]
    weights = [1 / (rank + 2.7) for rank in range(len(vocabulary))]
    return lambda count: " ".join(draw.choices(vocabulary, weights, k=count))


def _lengths(count: int, draw: random.Random) -> list[int]:
    sigma = 0.8
    return [min(500, max(16, round(draw.lognormvariate(math.log(120) - sigma**2 / 2, sigma)))) for _ in range(count)]


def _tokens_long(reader: LanguageModel, words: Callable[[int], str], length: int) -> str:
    """Text of about so many tokens."""
    text = words(length)
    ids = reader.tokenizer(text, add_special_tokens=False)["input_ids"][:length]
    return str(reader.tokenizer.decode(ids)).strip()


def _answer(reader: LanguageModel, words: Callable[[int], str], length: int) -> list[int]:
    return reader.template.response_ids(_tokens_long(reader, words, max(4, length)))


def _asked(reader: LanguageModel, words: Callable[[int], str], length: int) -> list[int]:
    from solon.records import Message

    return reader.template.prompt_ids([Message(role="user", content=_tokens_long(reader, words, max(4, length)))])


def _row(reader: LanguageModel, words: Callable[[int], str], length: int, draw: random.Random) -> dict[str, Any]:
    asked, answer = _asked(reader, words, round(0.35 * length)), _answer(reader, words, round(0.6 * length))
    return {"ids": asked + answer, "own": len(answer)}


def _pair(reader: LanguageModel, words: Callable[[int], str], length: int, draw: random.Random) -> dict[str, Any]:
    """Two answers of different lengths, as two models give them."""
    other = round(min(320, draw.lognormvariate(math.log(60), 0.8)))
    return {
        "prompt": _asked(reader, words, round(0.35 * length)),
        "chosen": _answer(reader, words, round(0.6 * length)),
        "rejected": _answer(reader, words, other),
    }


def _write(file: Path, value: Any) -> None:
    file.write_text(json.dumps(value), encoding="utf-8")
