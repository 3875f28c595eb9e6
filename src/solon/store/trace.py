"""From a behaviour back to what it was learnt from, by the label that its prompts carry."""

from __future__ import annotations

from pathlib import Path

from solon.errors import InputError
from solon.store.query import Answer, RunTables

_LABEL = "labels->>? = ?"
QUESTIONS = {
    "answers to held-out prompts, by policy": (
        "SELECT stage, count(*) AS answers, avg(harmful::INT) AS harmful, avg(refusal::INT) AS refused, "
        f"avg(helpful::INT) AS helpful FROM answers WHERE {_LABEL} GROUP BY stage "
        "ORDER BY (SELECT number FROM stages WHERE stages.stage = answers.stage)"
    ),
    "revisions that were imitated, by principle": (
        "SELECT stage, principle_id, principle_hash, count(*) AS critiques, sum(changed::INT) AS changed, "
        f"count(DISTINCT prompt_id) AS prompts FROM revisions WHERE round > 0 AND {_LABEL} "
        "GROUP BY ALL ORDER BY changed DESC, principle_id"
    ),
    "preferences, by judge and principle": (
        "SELECT stage, source, principle_id, principle_hash, count(*) AS comparisons, "
        "avg(greatest(prob_a, 1 - prob_a)) AS mean_confidence, sum((status <> 'scored')::INT) AS unscored "
        f"FROM preferences WHERE {_LABEL} GROUP BY ALL ORDER BY comparisons DESC, principle_id"
    ),
    "rankings, by person": (
        f"SELECT stage, rater, count(*) AS rankings FROM rankings WHERE {_LABEL} GROUP BY ALL ORDER BY stage, rater"
    ),
}


def trace(run: Path, label: str) -> dict[str, Answer]:
    """What policies answer to prompts with a label, and the revisions, preferences and rankings on such prompts.

    Args:
        run: a run directory.
        label: `KEY=VALUE`, as `category=theft`.

    Raises:
        InputError: it is no `KEY=VALUE`, or no record of the run carries it; with the values that there are.
    """
    key, equals, value = label.partition("=")
    if not equals or not key or not value:
        raise InputError(f"'{label}' is not KEY=VALUE; for example category=theft")
    tables = RunTables(run)
    try:
        found = {name: tables.ask(question, [key, value]) for name, question in QUESTIONS.items()}
        if not any(answer.rows for answer in found.values()):
            sql = (
                "SELECT DISTINCT value FROM (SELECT labels->>? AS value FROM answers UNION ALL SELECT labels->>? FROM "
                "revisions UNION ALL SELECT labels->>? FROM preferences) WHERE value IS NOT NULL ORDER BY 1 LIMIT 40"
            )
            known = [str(row[0]) for row in tables.ask(sql, [key, key, key]).rows]
            told = f"their {key} is one of {known}" if known else f"none has a label `{key}`"
            raise InputError(f"{run}: no record is of prompts with {label}; {told}")
        return found
    finally:
        tables.close()
