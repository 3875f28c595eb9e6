"""The files of $SOLON_DATA/data that are read in tests."""

import os
from pathlib import Path

# Made absolute at import: tests that change their folder use it afterwards.
FOLDER = Path(os.environ.get("SOLON_DATA") or "../shared").resolve() / "data"
SKIP_REASON = f"there is no {FOLDER}; set SOLON_DATA to the folder that holds data/"

NO_RECORDS = {
    "collective_constitution/clean_comments.jsonl.gz": "statements that people voted on",
    "collective_constitution/clean_votes.jsonl.gz": "votes on statements",
    "collective_constitution/comments.jsonl.gz": "statements that people voted on",
    "harmbench/harmbench_targets_text.jsonl.gz": "beginnings of answers without their prompts",
    "mt_bench/judge_prompts.jsonl.gz": "templates of a judge",
    "mt_bench/mt_bench_reference_gpt4.jsonl.gz": "answers without their questions",
}
"""Files that are no training or feedback set, and why; all of their rows go to quarantine."""

NO_TABLES = {"MANIFEST.json", "README.md", "model_spec/LICENSE", "rbr_gold/proposition_prompts.yaml"}
"""Files that hold no rows of data."""


def data_files() -> list[str]:
    """The files of data, by path below the folder; none where the folder is absent."""
    found = (path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*") if path.is_file())
    return sorted(set(found) - NO_TABLES)
