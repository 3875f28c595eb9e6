import json
from pathlib import Path

import pytest

from solon.cli import status
from solon.errors import InputError
from solon.forecast.prices import TableRow, Work, cost_table, load_prices


def test_the_shipped_prices_give_the_table_of_the_lecture() -> None:
    # Its totals for a model of 7B parameters; the counts are ours, chosen so that round prices give these totals.
    works = [
        Work("base", 150_000),  # GPU hours, at $2
        Work("SFT", 50, "demonstration", 2_500),  # at $10
        Work("pairwise", 50, "ranking", 4_000, ai_calls=4_000),  # at $1, or a cent
        Work("RL", 50),
        Work("evaluation", 0, "evaluation", 50, ai_calls=50),  # at $1
    ]
    assert cost_table(works, load_prices(None)) == [
        TableRow("base", 300_000, 0, 0),
        TableRow("SFT", 100, 25_000, 0),
        TableRow("pairwise", 100, 4_000, 40),
        TableRow("RL", 100, 0, 0),
        TableRow("evaluation", 0, 50, 0.5),
    ]


def test_tokens_of_ai_are_paid_by_the_million_beside_calls() -> None:
    prices = load_prices(None, ["ai={call: 0.5, million_prompt_tokens: 2, million_tokens: 10}"])
    work = Work("pairwise", None, "ranking", 1, ai_calls=4, ai_read_tokens=3e6, ai_written_tokens=1e5)
    # 4 * 0.5 + 3 * 2 + 0.1 * 10
    assert cost_table([work], prices)[0].ai == 9.0


def test_compute_that_was_not_forecast_is_no_zero() -> None:
    assert cost_table([Work("base", None)], load_prices(None))[0].compute is None


def test_a_price_of_ones_own_file_is_told_by_its_line(tmp_path: Path) -> None:
    file = tmp_path / "prices.yaml"
    file.write_text("compute_hour: 3\npeople: {demonstration: 1, ranking: -1, evaluation: 1}\nai: {}\n")
    with pytest.raises(InputError, match=r"prices.yaml:2: people.ranking: "):
        load_prices(file)


def test_the_table_counts_what_people_or_ai_would_annotate(capsys: pytest.CaptureFixture[str]) -> None:
    given = {
        "few_shots": "false", "stages": "[sft, revisions, helpful_reward, ai_feedback]", "sft.demonstrations": "100",
        "revisions.prompts": "10", "revisions.rounds": "2", "helpful_reward.prompts": "20",
        "helpful_reward.min_responses": "4", "helpful_reward.max_responses": "4", "ai_feedback.prompts": "30",
        "ai_feedback.chain_of_thought": "false", "evaluation.prompts": "7",
    }  # fmt: skip
    sets = [word for key, value in given.items() for word in ("--set", f"{key}={value}")]
    assert status(["cost", "quickstart", "--json", "--price", "people.ranking=3", *sets]) == 0
    told = {row["row"]: row for row in json.loads(capsys.readouterr().out)["table"]}
    # a call for each demonstration, and for each of 10 prompts an answer, two critiques and two revisions
    assert (told["SFT"]["items"], told["SFT"]["ai_calls"]) == (110, 100 + 10 * 5)
    # 20 rankings of four are six pairs each; with 30 pairs, each asked in both orders
    assert (told["pairwise"]["items"], told["pairwise"]["ai_calls"]) == (50, (20 * 6 + 30) * 2)
    assert told["pairwise"]["people"] == 150
    assert told["RL"]["people"] == told["base"]["people"] == 0
