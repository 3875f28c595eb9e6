"""Does plain transformers say with an exported folder what Solon says with the stage?

    python -m benchmarks.export RUN@STAGE [--prompts 100] [--tokens 64]

Prompts are those that the stage (or, of a reward model, the policy whose name is given) was evaluated on. Policies
answer greedily, one prompt at a time in transformers; reward models score the evaluated responses.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path
from typing import Any

import torch
import transformers
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification

from solon.engines.local import LocalEngine
from solon.export import Exported, export_stage
from solon.export.card import Stated
from solon.interfaces import PromptResponse, SampleRequest
from solon.models.language_model import LanguageModel, load_tokenizer
from solon.models.openai_shape import openai_shape
from solon.models.template import ChatTemplate
from solon.records import Message
from solon.report.read import SampledResponse
from solon.reward.score import RewardModelScorer
from solon.store.records import read_records
from solon.store.run_folder import RunFolder, split_run_stage


def evaluated(run: RunFolder, stage: str, count: int) -> list[SampledResponse]:
    """Rows of a stage's evaluation, spread over all of them."""
    rows = list(read_records(run.stage(stage).path / "evaluation" / "samples.jsonl", SampledResponse))
    return rows[:: max(1, len(rows) // count)][:count]


def shapes(messages: tuple[Message, ...]) -> list[dict[str, Any]]:
    """Messages as transformers takes them."""
    return [openai_shape(message, arguments_as_text=True) for message in messages]


def texts_of_transformers(done: Exported, rows: list[SampledResponse], tokens: int) -> list[str]:
    """Greedy answers as the model card's code gets them."""
    tokenizer = getattr(transformers, done.tokenizer_class).from_pretrained(done.folder)
    model: Any = AutoModelForCausalLM.from_pretrained(done.folder)
    frame = ChatTemplate(load_tokenizer(str(done.folder)), "exported").frame
    texts = []
    for row in rows:
        inputs = tokenizer.apply_chat_template(
            shapes(row.prompt.messages), add_generation_prompt=True, return_dict=True, return_tensors="pt",
            enable_thinking=False,
        )  # fmt: skip
        ids = model.generate(**inputs, max_new_tokens=tokens, do_sample=False)
        text = tokenizer.decode(ids[0, inputs["input_ids"].shape[1] :], skip_special_tokens=True)
        texts.append(text.removeprefix(frame.lead).removesuffix(frame.tail))
    return texts


def scores_of_transformers(done: Exported, rows: list[SampledResponse]) -> list[float]:
    """Scores as the model card's code gets them."""
    tokenizer = getattr(transformers, done.tokenizer_class).from_pretrained(done.folder)
    model = AutoModelForSequenceClassification.from_pretrained(done.folder)
    end = ChatTemplate(load_tokenizer(str(done.folder)), "exported").end_id
    scores = []
    for row in rows:
        turns = [*shapes(row.prompt.messages), {"role": "assistant", "content": row.response}]
        ids = tokenizer.apply_chat_template(turns, return_dict=False, enable_thinking=False)
        last = max(place for place, one in enumerate(ids) if one == end)
        with torch.no_grad():
            score = model(torch.tensor([ids[: last + 1]])).logits[0, 0].item()
        scores.append(score + getattr(model.config, "solon_shift", 0.0))
    return scores


def main() -> None:
    """Export, compare, print one line of JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("stage", metavar="RUN@STAGE")
    parser.add_argument("--of", help="the policy whose evaluation gives the rows; the stage itself unless given")
    parser.add_argument("--prompts", type=int, default=100)
    parser.add_argument("--tokens", type=int, default=64)
    args = parser.parse_args()
    path, stage = split_run_stage(args.stage)
    run = RunFolder.existing(path)
    rows = evaluated(run, args.of or stage, args.prompts)
    transformers.utils.logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    with tempfile.TemporaryDirectory() as folder:
        done = export_stage(path, stage, Path(folder) / "model", Stated())
        began = time.perf_counter()
        figures: dict[str, Any]
        if done.kind == "policy":
            requests = [SampleRequest(row.prompt.messages, 0, args.tokens, temperature=0) for row in rows]
            ours = [one.text for one in LocalEngine(LanguageModel.load(run.model(stage))).sample(requests)]
            theirs = texts_of_transformers(done, rows, args.tokens)
            differ = [pair for pair in zip(ours, theirs, strict=True) if pair[0] != pair[1]]
            figures = {"identical": len(rows) - len(differ), "first_difference": differ[:1]}
        else:
            pairs = [PromptResponse(row.prompt, row.response) for row in rows]
            scored = zip(
                RewardModelScorer.load(run.model(stage))(pairs), scores_of_transformers(done, rows), strict=True
            )
            figures = {"largest_difference": max(abs(a - b) for a, b in scored)}
    figures |= {"n": len(rows), "kind": done.kind, "tokenizer": done.tokenizer_class}
    versions = {"torch": torch.__version__, "transformers": transformers.__version__}
    seconds = round(time.perf_counter() - began, 1)
    print(json.dumps({"name": "export", **figures, "seconds": seconds, **versions, **vars(args)}))


if __name__ == "__main__":
    main()
