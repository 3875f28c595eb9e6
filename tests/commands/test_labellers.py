import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.labellers.planted import judged

from solon.cli import status
from solon.commands.given import read_judgements, read_responses
from solon.data import QuarantineWriter
from solon.labellers.labels import Label, Labelled
from solon.records import Ranking
from solon.store.records import write_records


def run(*arguments: object) -> int:
    return status([str(one) for one in arguments])


def told(capsys: pytest.CaptureFixture[str], *arguments: object) -> dict[str, Any]:
    capsys.readouterr()
    assert run(*arguments, "--json") == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def verdicts(whole: Labelled, *, unscored: int | None = None) -> list[dict[str, Any]]:
    """As `judge run` writes them."""
    rows = []
    for label in whole.labels:
        pair = whole.items[label.item]
        scored = label.item != unscored
        rows.append({
            "id": pair.id, "prompt": pair.prompt.messages[0].content, "response_a": pair.response_a,
            "response_b": pair.response_b, "prob_a": label.prob_first if scored else None,
            "status": "scored" if scored else "unscored", "source": "openai:judge@http://x/v1",
        })  # fmt: skip
    return rows


def rankings(whole: Labelled, labels: list[Label]) -> list[Ranking]:
    found = []
    for label in labels:
        pair = whole.items[label.item]
        ranks = (0, 1) if label.prob_first > 0.5 else (1, 0)
        found.append(Ranking(id=f"ann/{pair.prompt.id}", prompt=pair.prompt, ranks=ranks, rater="ann",
                             responses=(pair.response_a, pair.response_b)))  # fmt: skip
    return found


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Labelled, list[Label]]:
    """ai.jsonl, of 120 pairs, one of them unscored; people.jsonl, of the first 40."""
    monkeypatch.chdir(tmp_path)
    whole, _, people = judged(np.random.default_rng(0), 120)
    rows = verdicts(whole, unscored=100)
    Path("ai.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    write_records(Path("people.jsonl"), rankings(whole, people[:40]))
    return whole, people


ROUTE = [
    "route",
    "ai.jsonl",
    "--people",
    "people.jsonl",
    "--price",
    "2",
    "--out",
    "for.jsonl",
    "--labels",
    "soft.jsonl",
]


def test_a_budget_buys_so_many_pairs_and_training_reads_the_rest(
    files: tuple[Labelled, list[Label]], capsys: pytest.CaptureFixture[str]
) -> None:
    result = told(capsys, *ROUTE, "--budget", "31")
    assert (result["for_people"], result["money"], result["kept"]) == (15, 30.0, 105)
    assert result["expected_wrong_routed"] < result["expected_wrong_random"] < result["expected_wrong"]
    quarantine = QuarantineWriter(None)
    asked = read_responses(Path("for.jsonl"), quarantine)
    assert len({row.pair.prompt.id for row in asked}) == 15 and len(asked) == 30
    assert asked[0].id == "p100/a"  # the judge could not score it, so it is the first
    kept = read_judgements([Path("soft.jsonl")], quarantine).preferences
    assert len(kept) == 105
    assert not {one.comparison.response_a for one in kept} & {row.pair.response for row in asked}
    assert all(one.prob_a is not None and 0 < one.prob_a < 1 for one in kept)


def test_the_labels_that_people_gave_then_complete_the_set(
    files: tuple[Labelled, list[Label]], capsys: pytest.CaptureFixture[str]
) -> None:
    whole, people = files
    assert run(*ROUTE, "--budget", "31") == 0
    asked = {row.pair.response for row in read_responses(Path("for.jsonl"), QuarantineWriter(None))}
    chosen = [label for label in people if whole.items[label.item].response_a in asked]
    write_records(Path("more.jsonl"), rankings(whole, chosen))
    again = told(capsys, *ROUTE, "--people", "more.jsonl", "--budget", "0")
    assert (again["for_people"], again["kept"]) == (0, 120)


def test_a_pair_that_nobody_labels_is_counted_and_not_made_up(
    files: tuple[Labelled, list[Label]], capsys: pytest.CaptureFixture[str]
) -> None:
    result = told(capsys, *ROUTE, "--budget", "0")
    assert (result["for_people"], result["kept"], result["without_label"]) == (0, 119, 1)


def test_labellers_are_reported_and_their_labels_combined(
    files: tuple[Labelled, list[Label]], capsys: pytest.CaptureFixture[str]
) -> None:
    result = told(capsys, "labellers", "ai.jsonl", "people.jsonl", "--out", "all.jsonl", "--price-of", "ann=2")
    assert (result["pairs"], result["labels"], result["identified"]) == (120, 119 + 40, False)
    judge, ann = result["labellers"]
    assert (judge["num_shared"], ann["num_shared"]) == (40, 40)
    assert ann["price_of_right"] == pytest.approx(2 / ann["accuracy"])
    assert len(read_judgements([Path("all.jsonl")], QuarantineWriter(None)).preferences) == 119


def test_two_labellers_are_told_to_people_with_a_warning(
    files: tuple[Labelled, list[Label]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("labellers", "ai.jsonl", "people.jsonl") == 0
    shown = capsys.readouterr().out
    assert "two labellers alone do not tell" in shown and "kappa of openai:judge@http://x/v1 and ann" in shown
    assert run("labellers", "ai.jsonl", "people.jsonl", "--trust", "ann") == 0
    assert "two labellers alone" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--budget", "10", "--people", "ai.jsonl"], "give each file once"),
        (["--budget", "10", "--price", "0"], "--price is what a label"),
        (["--budget", "inf"], "the budget is finite"),
    ],
)
def test_what_cannot_be_routed_is_told(
    files: tuple[Labelled, list[Label]], capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    assert run(*ROUTE, *arguments) == 1
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("price", ["ann", "=2", "ann=-1", "ann=much"])
def test_a_price_that_is_none_is_told(
    files: tuple[Labelled, list[Label]], capsys: pytest.CaptureFixture[str], price: str
) -> None:
    assert run("labellers", "ai.jsonl", "people.jsonl", "--price-of", price) == 1
    assert "write LABELLER=MONEY" in capsys.readouterr().err
