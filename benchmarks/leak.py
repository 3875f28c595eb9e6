"""Is a leak of near-duplicates between two files found, without keeping the files in memory?

    python benchmarks/leak.py --rows 50000 --planted 100 --seed 0

Writes two files of rows like Alpaca's. An instruction is one of the real ones (of $SOLON_DATA/data/alpaca, or made from
words where that is absent), so that many rows share it; input and response are sentences drawn from all real rows. In
the second file some rows are near-duplicates of rows of the first: up to a tenth of the words changed, dropped or
swapped, case and punctuation altered. Then `overlap` looks for rows of the second that repeat one of the first.
The last line is JSON; a pair counts as found where both places are right. The status is 1 below the goals.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from solon.data.doctor.corpus import Corpus
from solon.data.doctor.duplicates import THRESHOLD
from solon.data.doctor.fingerprints import shingles, similarity
from solon.data.doctor.overlap import overlap
from solon.data.doctor.texts import whole
from solon.data.lines import read_jsonl
from solon.seeds import generator

GOAL_RECALL, GOAL_PRECISION = 0.99, 0.95
MOST_CHANGED = 1 / 10
"""Of the words of a near-duplicate."""


class Material(NamedTuple):
    """What rows are made of."""

    instructions: list[str]
    sentences: list[str]


def main() -> int:
    """Make the files, look, compare with what was planted."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=50_000, help="in each file")
    parser.add_argument("--planted", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        first, second = Path(folder, "first.jsonl"), Path(folder, "second.jsonl")
        planted = make(first, second, given.rows, given.planted, given.seed)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        begun = time.perf_counter()
        corpus = Corpus(whole)
        corpus.read(first)
        num_first = len(corpus.prints)
        corpus.read(second)
        matches = overlap(corpus.prints, corpus.texts, num_first)
        seconds = time.perf_counter() - begun
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        found = {(corpus.line(match.first), corpus.line(match.second)) for match in matches.found}
        num_bytes = first.stat().st_size + second.stat().st_size
    right = len(found & set(planted))
    recall, precision = right / len(planted), right / max(1, len(found))
    result = {
        "name": "leak", "rows": given.rows, "planted": len(planted), "found": len(found), "recall": recall,
        "precision": precision, "least_similarity": round(min(planted.values()), 3), "threshold": THRESHOLD,
        "seconds": round(seconds, 1), "rows_per_second": round(2 * given.rows / seconds), "file_bytes": num_bytes,
        "start_bytes": before, "peak_bytes": peak, "pairs_not_compared": matches.num_skipped, "seed": given.seed,
    }  # fmt: skip
    print(json.dumps(result))
    return 0 if recall >= GOAL_RECALL and precision >= GOAL_PRECISION else 1


def make(first: Path, second: Path, num_rows: int, num_planted: int, seed: int) -> dict[tuple[int, int], float]:
    """Write both files; (line in the first, line in the second) -> similarity of what was planted."""
    material = real_material() or made_material(seed)
    chance = generator(seed, "leak")
    sources = set(chance.choice(num_rows, num_planted, replace=False).tolist())
    kept: dict[int, dict[str, str]] = {}
    with first.open("w", encoding="utf-8") as file:
        for number in range(num_rows):
            row = made_row(material, chance)
            file.write(json.dumps(row) + "\n")
            if number in sources:
                kept[number] = row
    places = dict(zip(chance.choice(num_rows, num_planted, replace=False).tolist(), kept, strict=True))
    planted = {}
    with second.open("w", encoding="utf-8") as file:
        for number in range(num_rows):
            if (source := places.get(number)) is None:
                file.write(json.dumps(made_row(material, chance)) + "\n")
                continue
            row = {field: altered(text, chance) for field, text in kept[source].items()}
            file.write(json.dumps(row) + "\n")
            one, other = (shingles(" ".join(filter(None, each.values()))) for each in (kept[source], row))
            planted[source + 1, number + 1] = similarity(one, other)
    return planted


def made_row(material: Material, chance: np.random.Generator) -> dict[str, str]:
    """A row of two to six sentences after its instruction: one alone may be drawn twice, and make two rows alike."""

    def sentences(least: int, most: int) -> str:
        drawn = chance.integers(0, len(material.sentences), chance.integers(least, most + 1))
        return " ".join(material.sentences[index] for index in drawn)

    instruction = material.instructions[chance.integers(0, len(material.instructions))]
    given = sentences(1, 2) if chance.random() < 0.4 else ""
    return {"instruction": instruction, "input": given, "output": sentences(2, 4)}


def altered(text: str, chance: np.random.Generator) -> str:
    """The text with some words changed, dropped or swapped, another case, and other punctuation."""
    words = text.split()
    for _ in range(int(chance.integers(0, 1 + int(MOST_CHANGED * len(words))))):
        place = int(chance.integers(0, len(words)))
        match int(chance.integers(0, 3)):
            case 0:
                words[place] = words[int(chance.integers(0, len(words)))]
            case 1 if len(words) > 1:
                del words[place]
            case _:
                other = min(place + 1, len(words) - 1)
                words[place], words[other] = words[other], words[place]
    cased = [word.upper() if chance.random() < 0.1 else word for word in words]
    return " ".join(word.rstrip(".,;") if chance.random() < 0.3 else word for word in cased)


def real_material() -> Material | None:
    """Instructions and sentences of the Alpaca files; None where they are absent."""
    folder = Path(os.environ.get("SOLON_DATA", "../shared")) / "data" / "alpaca"
    rows = [row.value for file in sorted(folder.glob("*.jsonl.gz")) for row in read_jsonl(file)]
    instructions = sorted({row["instruction"] for row in rows})
    sentences = sorted({text for row in rows for text in sentences_of(row["output"])})
    return Material(instructions, sentences) if rows else None


def sentences_of(text: str) -> Iterator[str]:
    """Sentences and lines of 40 to 300 characters."""
    for line in text.split("\n"):
        for sentence in line.split(". "):
            if 40 <= len(sentence) <= 300:
                yield sentence.strip().rstrip(".") + "."


def made_material(seed: int) -> Material:
    """The like from random words."""
    chance = generator(seed, "words")
    words = [
        "".join(chr(97 + letter) for letter in chance.integers(0, 26, size)) for size in chance.integers(2, 9, 8000)
    ]

    def sentence(most: int) -> str:
        return " ".join(words[index] for index in chance.integers(0, len(words), chance.integers(6, most))) + "."

    return Material([sentence(12) for _ in range(10_000)], [sentence(30) for _ in range(40_000)])


if __name__ == "__main__":
    sys.exit(main())
