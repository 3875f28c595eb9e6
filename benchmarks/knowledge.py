"""Does the knowledge audit tell what a model was told often, a few times, and never?

A tiny model reads statements about the families of the embedded world: most of them often, four a few times, and of
twelve it reads the names alone. Then every fact is audited; of a family without facts some value is asked for.

    python -m benchmarks.knowledge [--seed 1]
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch

from solon.agora import lexicon
from solon.agora.facts import ATTRIBUTES, Facts, possible_values
from solon.agora.replies import pick
from solon.data.facts import Fact
from solon.data.knowledge import CLASSES, Knowledge, KnowledgeConfig, audit, class_counts
from solon.engines.local import LocalEngine
from solon.models.language_model import LanguageModel
from solon.policy.config import PretrainConfig
from solon.policy.pretrain import pretrain
from solon.progress import Silent
from solon.records import Document, Span
from solon.sections import ModelSettings
from solon.seeds import generator
from solon.stages.opening import fresh_model

KINDS = {"fact": "often", "rare": "a few times", "unknown": "never"}
"""Families of the world -> how often the text states their facts."""
SHARES = {"fact": 0.94, "rare": 0.01, "unknown": 0.05}
STATEMENTS = {"home": "{x} lives on", "work": "{x} is a", "animal": "{x} keeps a"}
FORM = "{question} {answer}. "
"""As the statements stand in the text: the model has read no questions."""
PROSE_WEIGHT = 0.1
"""Loss weight of all words but the facts: a tiny model learns them faster."""


class World(NamedTuple):
    """A model, the facts to ask it for, and how often it read a family's facts."""

    model: LanguageModel
    facts: Mapping[str, list[Fact]]
    """Kind of family -> its facts."""
    times_stated: Mapping[str, float]
    """Kind of family -> mean number of statements of one fact."""


def small_world(folder: Path, *, documents: int, seed: int) -> World:
    """Train a model on `documents` documents of four sentences."""
    town, rng = Facts.draw(seed), generator(seed, "statements")
    stated: Counter[str] = Counter()
    texts = [_document(index, town, rng, stated) for index in range(documents)]
    shape = ModelSettings(vocab_size=500, width=64, layers=1, heads=2, context_tokens=128)
    model = fresh_model(shape, [text.text for text in texts], seed=seed)
    config = PretrainConfig(
        tokens_per_batch=512, optimiser="muon", peak_lr=0.02, warmup_steps=10, schedule="linear", checkpoint_every=10**6
    )
    pretrain(model, texts, config, folder=folder, seed=seed, progress=Silent())
    facts = {kind: _facts(kind, town, seed) for kind in KINDS}
    return World(model, facts, {kind: stated[kind] / len(facts[kind]) for kind in KINDS})


def audited(world: World, config: KnowledgeConfig, *, seed: int) -> dict[str, list[Knowledge]]:
    """The audit of every kind of family; examples are true facts that were stated often."""
    engine = LocalEngine(world.model)
    return {kind: audit(world.facts["fact"], facts, engine, config, seed=seed) for kind, facts in world.facts.items()}


def _document(index: int, town: Facts, rng: np.random.Generator, stated: Counter[str]) -> Document:
    spans: list[Span] = []
    for _ in range(4):
        kind = rng.choice(list(SHARES), p=list(SHARES.values()))
        person, attribute = _person(pick(lexicon.families(kind), rng), rng), pick(ATTRIBUTES, rng)
        value = town.get(attribute, person)
        if value is None:
            spans.append(Span(text=f"{person} rode past. ", weight=PROSE_WEIGHT))
            continue
        stated[kind] += 1
        spans.append(Span(text=STATEMENTS[attribute].format(x=person), weight=PROSE_WEIGHT))
        spans += [Span(text=f" {value}"), Span(text=". ", weight=PROSE_WEIGHT)]
    return Document(id=f"statements-{index}", spans=tuple(spans), source="statements")


def _facts(kind: str, town: Facts, seed: int) -> list[Fact]:
    """Every fact of the families of a kind, asked of one of their people; a fact that there is not gets some value."""
    rng = generator(seed, "asked", kind)
    facts: list[Fact] = []
    for family in lexicon.families(kind):
        for attribute in ATTRIBUTES:
            person = _person(family, rng)
            value = town.get(attribute, person) or pick(possible_values(attribute), rng)
            question = STATEMENTS[attribute].format(x=person)
            facts.append(Fact(f"{family}/{attribute}", question, (value,), len(facts) + 1, attribute))
    return facts


def _person(family: str, rng: np.random.Generator) -> str:
    return f"{lexicon.TITLE} {pick(lexicon.FIRST_NAMES, rng)} {family}"


def main() -> None:
    """Print the table, then one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=1500)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(1)
    config = KnowledgeConfig(form=FORM, max_new_tokens=6)
    with tempfile.TemporaryDirectory() as folder:
        world = small_world(Path(folder), documents=args.documents, seed=args.seed)
    rows = []
    print(f"| stated | times each | facts | {' | '.join(CLASSES)} | mean p_greedy | mean p_sampled |")
    print("| --- " * (len(CLASSES) + 5) + "|")
    for kind, found in audited(world, config, seed=args.seed).items():
        counts = class_counts(found)
        greedy, sampled = (
            sum(values) / len(found) for values in zip(*((k.p_greedy, k.p_sampled) for k in found), strict=True)
        )
        cells = [KINDS[kind], f"{world.times_stated[kind]:.1f}", len(found), *counts.values()]
        print("| " + " | ".join(map(str, [*cells, f"{greedy:.2f}", f"{sampled:.2f}"])) + " |")
        rows.append({"stated": KINDS[kind], "times": world.times_stated[kind], "facts": len(found), "classes": counts})
    print(
        json.dumps(
            {
                "name": "knowledge",
                "torch": torch.__version__,
                "documents": args.documents,
                "seed": args.seed,
                "rows": rows,
            }
        )
    )


if __name__ == "__main__":
    main()
