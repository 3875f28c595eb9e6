import gzip
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.data.real_files import FOLDER, SKIP_REASON

from solon.cli import status
from solon.records import Prompt, Ranking, user
from solon.store.records import write_records

QUESTIONS = [f"question {number}" for number in range(24)]


def told(capsys: pytest.CaptureFixture[str], *arguments: object) -> dict[str, Any]:
    capsys.readouterr()
    assert status(["compare", *(str(one) for one in arguments), "--json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def write(path: Path, rows: Sequence[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def verdict(question: str, prob_a: float | None, **more: Any) -> dict[str, Any]:
    """As `judge run` writes them; sft's answer is A."""
    return {"id": question, "prompt": question, "response_a": f"sft on {question}",
            "response_b": f"rl has more to say on {question}", "prob_a": prob_a,
            "status": "unscored" if prob_a is None else "scored", "source": "judge", **more}  # fmt: skip


def responses(name: str, text: str, score: float | None = None) -> list[dict[str, Any]]:
    more = {} if score is None else {"score": score}
    return [{"id": q, "prompt": q, "response": f"{text} {q}", "truncated": False, **more} for q in QUESTIONS]


@pytest.fixture
def written(tmp_path: Path) -> list[str]:
    sft = write(tmp_path / "sft.jsonl", responses("sft", "sft on"))
    rl = write(tmp_path / "rl.jsonl", responses("rl", "rl has more to say on"))
    return [f"sft={sft}", f"rl={rl}"]


def test_writers_are_found_by_their_responses(
    tmp_path: Path, written: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [verdict(q, 1.0 if n % 4 else 0.0) for n, q in enumerate(QUESTIONS)]
    found = told(capsys, write(tmp_path / "verdicts.jsonl", rows), *written)
    against = {one["model"]: one for one in found["against"]}
    assert against["sft"]["win_rate"]["value"] == 0.75
    assert against["sft"]["length_controlled"]["value"] is None  # sft's answers are never the longer ones
    assert against["rl"]["mean_length"] == pytest.approx(sum(len(f"rl has more to say on {q}") for q in QUESTIONS) / 24)
    assert found["judges"] == ["judge"] and found["games"] == 24
    assert found["elo"]["sft"]["value"] > 0 > found["elo"]["rl"]["value"]


def test_an_unscored_verdict_is_counted_and_no_game(
    tmp_path: Path, written: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [verdict(q, None if n < 5 else 0.9) for n, q in enumerate(QUESTIONS)]
    file, out = write(tmp_path / "verdicts.jsonl", rows), tmp_path / "out.json"
    found = told(capsys, file, *written, "--out", out)
    assert (found["games"], found["quarantined"]) == (19, 5)
    refused = [json.loads(line) for line in (tmp_path / "out.json.quarantine.jsonl").read_text().splitlines()]
    assert "nobody has judged" in refused[0]["reason"]
    assert json.loads(out.read_text())["games"] == 19


def test_both_orders_of_a_judge_are_one_game_and_flips_are_told(
    tmp_path: Path, written: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    # Log-odds that A is better with A first and B first: every third verdict turns, towards the one shown first.
    rows = [verdict(q, 0.7, log_odds=[1.5, -0.5] if n % 3 == 0 else [1.5, 0.5]) for n, q in enumerate(QUESTIONS)]
    found = told(capsys, write(tmp_path / "verdicts.jsonl", rows), *written)
    assert found["swaps"] == [{"judge": "judge", "num_pairs": 24, "num_flips": 8, "first_of_flips": 1.0}]


def test_rows_of_either_order_are_brought_together(
    tmp_path: Path, written: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    one = [verdict(q, 1.0) for q in QUESTIONS]
    other = [{**row, "response_a": row["response_b"], "response_b": row["response_a"]} for row in one]
    found = told(capsys, write(tmp_path / "verdicts.jsonl", [*one, *other]), *written)
    assert found["games"] == 24 and found["against"][0]["num_ties"] == 24
    assert found["swaps"][0]["num_flips"] == 24


def test_a_reward_models_scores_are_log_odds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # sigmoid(1.5 - 0.5) = 0.731
    sft = write(tmp_path / "sft.jsonl", responses("sft", "sft on", 0.5))
    rl = write(tmp_path / "rl.jsonl", responses("rl", "rl has more to say on", 1.5))
    found = told(capsys, f"sft={sft}", f"rl={rl}")
    rates = {one["model"]: one["win_rate"]["value"] for one in found["against"]}
    assert rates == {"sft": pytest.approx(0.2689, abs=1e-4), "rl": pytest.approx(0.7311, abs=1e-4)}
    assert found["judges"] == ["reward"]


def test_prompts_of_one_model_alone_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sft = write(tmp_path / "sft.jsonl", responses("sft", "sft on", 0.5))
    rl = write(tmp_path / "rl.jsonl", responses("rl", "rl has more to say on", 1.5)[:20])
    assert status(["compare", f"sft={sft}", f"rl={rl}"]) == 0
    shown = capsys.readouterr()
    assert "4 prompts have responses of one model only" in shown.err and "20 games on 20 prompts" in shown.out


def test_a_judges_scores_from_one_to_nine_are_an_order_only(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def scored(name: str, score: float) -> str:
        rows = [{**row, "status": "scored", "source": "judge"} for row in responses(name, f"{name} on", score)]
        return f"{name}={write(tmp_path / f'{name}.jsonl', rows)}"

    found = told(capsys, scored("sft", 6.5), scored("rl", 7.0))
    assert {one["model"]: one["win_rate"]["value"] for one in found["against"]} == {"sft": 0.0, "rl": 1.0}


def test_names_stand_in_the_rows_of_published_sets(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [
        {"instruction": q, "output_1": "short", "generator_1": "base", "output_2": "rather longer", "generator_2": name,
         "preference": 2 if name == "good" else 0 if n % 2 else 1, "annotator": "gpt"}
        for n, q in enumerate(QUESTIONS) for name in ("good", "bad")
    ]  # fmt: skip
    found = told(capsys, write(tmp_path / "annotations.jsonl", rows))
    assert found["baseline"] == "base"
    assert {one["model"]: one["win_rate"]["value"] for one in found["against"]} == {"good": 1.0, "bad": 0.25}
    assert found["differences"][0]["win_rate"]["value"] == -0.75
    assert found["elo"]["base"]["value"] == 0


def test_a_weighted_annotators_preference_is_a_part_of_a_win(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [
        {"instruction": q, "output_1": "short", "generator_1": "base", "output_2": "longer", "generator_2": "model",
         "preference": 1.75 if n % 2 else 1.25, "annotator": "weighted"}
        for n, q in enumerate(QUESTIONS)
    ]  # fmt: skip
    found = told(capsys, write(tmp_path / "annotations.jsonl", rows))
    assert {one["model"]: one["win_rate"]["value"] for one in found["against"]} == {"base": 0.5, "model": 0.5}
    assert found["against"][0]["num_ties"] == 0


def test_a_ranking_is_a_game_of_every_two(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [{"prompt": q, "responses": ["x", "y", "z"], "ranks": [0, 1, 1], "models": ["p", "q", "r"], "rater": "ann"}
            for q in QUESTIONS]  # fmt: skip
    found = told(capsys, write(tmp_path / "rankings.jsonl", rows), "--ties", "davidson")
    assert found["games"] == 3 * 24
    assert {one["model"]: one["num_ties"] for one in found["against"]} == {"p": 0, "q": 24, "r": 24}
    assert found["log_nu"] is not None


def test_several_judges_are_told_apart(tmp_path: Path, written: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    one = [verdict(q, 1.0 if n % 3 else 0.0, source="ann") for n, q in enumerate(QUESTIONS)]
    other = [verdict(q, 1.0, source="bob") for q in QUESTIONS]
    file = write(tmp_path / "verdicts.jsonl", [*one, *other])
    found = told(capsys, file, *written)
    assert {taste["annotator"]: taste["num_games"] for taste in found["consensus"]["annotators"]} == {
        "ann": 24, "bob": 24
    }  # fmt: skip
    assert found["kappas"] == [{"judges": ["ann", "bob"], "kappa": pytest.approx(0.0), "num_shared": 24}]
    assert found["alpha"] is not None
    assert status(["compare", str(file), *written]) == 0
    shown = capsys.readouterr().out
    assert "without tastes" in shown and "kappa of ann and bob" in shown


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["verdicts.jsonl"], "nothing says which models wrote"),
        (
            ["verdicts.jsonl", "sft=sft.jsonl", "rl=rl.jsonl", "--baseline", "gpt"],
            "no such model; these are compared: rl, sft",
        ),
        (["sft=sft.jsonl", "rl=rl.jsonl"], "have no `score`"),
        (["sft=sft.jsonl", "sft=rl.jsonl"], "name it once"),
    ],
)
def test_what_cannot_be_compared_is_said(
    tmp_path: Path, written: list[str], arguments: list[str], message: str,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    write(tmp_path / "verdicts.jsonl", [verdict(q, 0.9) for q in QUESTIONS])
    monkeypatch.chdir(tmp_path)
    assert status(["compare", *arguments]) == 1
    assert message in capsys.readouterr().err


def test_rankings_of_people_with_prompts_of_other_names_find_their_writers(
    tmp_path: Path, written: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    rankings = [
        Ranking(id=f"ann/{n}", prompt=Prompt(id=f"number {n}", messages=(user(q),)), ranks=(1, 0), rater="ann",
                responses=(f"sft on {q}", f"rl has more to say on {q}"))
        for n, q in enumerate(QUESTIONS)
    ]  # fmt: skip
    write_records(tmp_path / "rankings.jsonl", rankings)
    found = told(capsys, tmp_path / "rankings.jsonl", *written)
    assert {one["model"]: one["win_rate"]["value"] for one in found["against"]} == {"sft": 0.0, "rl": 1.0}


def test_the_samples_of_a_run_name_their_stage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def samples(name: str, text: str) -> str:
        rows = [
            {"prompt": {"id": q, "messages": [{"role": "user", "content": q}], "labels": {"kind": "benign"}},
             "response": f"{text} {q}", "check": {"well_formed": True, "explanation": "fine"}}
            for q in QUESTIONS
        ]  # fmt: skip
        return f"{name}={write(tmp_path / f'{name}.jsonl', rows)}"

    file = write(tmp_path / "verdicts.jsonl", [verdict(q, 0.9) for q in QUESTIONS])
    assert told(capsys, file, samples("sft", "sft on"), samples("rl", "rl has more to say on"))["games"] == 24


@pytest.mark.skipif(not FOLDER.is_dir(), reason=SKIP_REASON)
def test_of_alpaca_eval_a_length_controlled_judge_takes_a_win_from_the_longest(
    capsys: pytest.CaptureFixture[str],
) -> None:
    files = sorted((FOLDER / "alpaca_eval").glob("*_annotations.jsonl.gz"))
    found = told(capsys, *files)
    against = {one["model"]: one for one in found["against"]}
    assert found["baseline"] == "text_davinci_003" and found["games"] + found["quarantined"] == 4 * 392
    for file in files:
        with gzip.open(file) as lines:
            rows = [json.loads(line) for line in lines]
        scored = [row["preference"] for row in rows if row["preference"] is not None]
        share = sum({0: 0.5, 1: 0.0, 2: 1.0}[int(one)] for one in scored) / len(scored)
        assert against[rows[0]["generator_2"]]["win_rate"]["value"] == pytest.approx(share)
    llama = against["llama-2-7b-chat-hf"]
    assert llama["win_rate"]["low"] > 0.5 > llama["length_controlled"]["high"]
