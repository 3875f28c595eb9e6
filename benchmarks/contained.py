"""Are test questions found inside long documents, and nothing else?

    SOLON_DATA=../shared python benchmarks/contained.py --documents 50000 --planted 100 --seed 0

The documents are sentences of the texts of $SOLON_DATA/data/corpus, 150 to 600 words each. The held-out file is 1,000
questions of public test sets (GSM8K, NQ-Open, TruthfulQA, AlpacaEval, MT-Bench ...), each of 8 words or more and unlike
the others. A hundred of them stand inside a document: up to a tenth of the words changed, dropped or swapped, case and
punctuation altered (as in leak.py). `Leaks` looks for the rows of one file inside those of the other.

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
from pathlib import Path

import numpy as np
from benchmarks.leak import GOAL_PRECISION, GOAL_RECALL, altered

from solon.data.doctor.containment import SoughtRows
from solon.data.doctor.duplicates import duplicates
from solon.data.doctor.fingerprints import Fingerprints
from solon.data.doctor.passages import LEAST_EDITED, words_of
from solon.data.doctor.rows import rows_of
from solon.data.doctor.texts import question
from solon.data.lines import read_lines
from solon.data.quarantine import QuarantineWriter
from solon.seeds import generator

NUM_QUESTIONS = 1000
TEST_SETS = (
    "alpaca_eval", "arena_hard", "gsm8k/test.jsonl.gz", "honesty", "koala_test", "mt_bench/mt_bench_question.jsonl.gz",
    "nq_open", "self_instruct_eval", "truthfulqa/truthfulqa.jsonl.gz",
)  # fmt: skip
LEAST_DOCUMENT, MOST_DOCUMENT = 150, 600  # words


def main() -> int:
    """Make the files, look, compare with what was planted."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--documents", type=int, default=50_000)
    parser.add_argument("--planted", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    data = Path(os.environ.get("SOLON_DATA", "../shared")) / "data"
    with tempfile.TemporaryDirectory() as folder:
        documents, held_out = Path(folder, "documents.jsonl"), Path(folder, "held_out.jsonl")
        planted = make(data, documents, held_out, given.documents, given.planted, given.seed)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        begun = time.perf_counter()
        rows = SoughtRows([held_out], format=None)
        found = {(one.holder.line, one.held.line): one.passage.share for one in rows.inside([documents])}
        seconds = time.perf_counter() - begun
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        num_bytes = documents.stat().st_size
        counts = rows.counts()
    right = len(found.keys() & planted)
    recall, precision = right / len(planted), right / max(1, len(found))
    for pair in sorted(planted - found.keys()):
        print(f"missed: document {pair[0]}, question {pair[1]}", file=sys.stderr)
    for pair in sorted(found.keys() - planted):
        print(f"not planted: document {pair[0]}, question {pair[1]} ({found[pair]:.2f})", file=sys.stderr)
    result = {
        "name": "contained", "documents": given.documents, "questions": counts.rows, "too_short": counts.too_short,
        "planted": len(planted), "found": len(found), "recall": recall, "precision": precision,
        "least_share": round(min(found.values(), default=0.0), 3), "seconds": round(seconds, 1),
        "documents_per_second": round(given.documents / seconds), "document_bytes": num_bytes, "start_bytes": before,
        "peak_bytes": peak, "seed": given.seed,
    }  # fmt: skip
    print(json.dumps(result))
    return 0 if recall >= GOAL_RECALL and precision >= GOAL_PRECISION else 1


def make(
    data: Path, documents: Path, held_out: Path, num_documents: int, num_planted: int, seed: int
) -> set[tuple[int, int]]:
    """Write both files; (line of a document, line of the question that it holds)."""
    chance = generator(seed, "contained")
    asked, sentences = questions(data, chance), corpus_sentences(data)
    held_out.write_text("".join(json.dumps({"prompt": one}) + "\n" for one in asked), encoding="utf-8")
    lines = chance.choice(num_documents, num_planted, replace=False).tolist()
    planted = dict(zip(lines, chance.choice(len(asked), num_planted, replace=False).tolist(), strict=True))
    with documents.open("w", encoding="utf-8") as file:
        for number in range(num_documents):
            size, parts, num_words = chance.integers(LEAST_DOCUMENT, MOST_DOCUMENT), [], 0
            while num_words < size:
                parts.append(sentences[chance.integers(0, len(sentences))])
                num_words += len(parts[-1].split())
            if (quoted := planted.get(number)) is not None:
                parts.insert(int(chance.integers(0, len(parts) + 1)), altered(asked[quoted], chance))
            file.write(json.dumps({"text": " ".join(parts)}) + "\n")
    return {(line + 1, quoted + 1) for line, quoted in planted.items()}


def questions(data: Path, chance: np.random.Generator) -> list[str]:
    """Questions of the public test sets: long enough to be edited, and none like an earlier one."""
    texts: dict[str, None] = {}
    for name in TEST_SETS:
        path = data / name
        for file in [path] if path.is_file() else sorted(path.glob("*.jsonl.gz")):
            for row in rows_of(file, QuarantineWriter(None)):
                text = question(row.records)
                if LEAST_EDITED <= len(words_of(text)) <= LEAST_DOCUMENT:
                    texts[text] = None
    chosen = [list(texts)[place] for place in chance.permutation(len(texts))[: 2 * NUM_QUESTIONS].tolist()]
    prints = Fingerprints()
    for text in chosen:
        prints.add(text)
    alike = {match.second for match in duplicates(prints, lambda: chosen).found}
    return [text for number, text in enumerate(chosen) if number not in alike][:NUM_QUESTIONS]


def corpus_sentences(data: Path) -> list[str]:
    """Sentences of 5 words or more of the plain texts, each once."""
    lines = (line for file in sorted((data / "corpus").glob("*.txt.gz")) for _, line in read_lines(file))
    found = dict.fromkeys(sentence.strip() for line in lines for sentence in line.split(". "))
    return [sentence for sentence in found if len(sentence.split()) >= 5]


if __name__ == "__main__":
    sys.exit(main())
