"""`solon judge rules`: weights fitted and used, violations, sampled principles; the judge is a server that knows."""

import json
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.data.real_files import FOLDER, SKIP_REASON
from tests.fake_server import FakeServer, Status, says

from solon import cli
from solon.commands.given import read_judgements
from solon.data import QuarantineWriter
from solon.judges.rules.fitted import load_rules

RULES = {
    "completion_class_order": ["good", "bad"],
    "completion_classes": {
        "good": {"refuse": {"insults": False, "apologises": True}},
        "bad": {"refuse": {"insults": True}},
    },
    "simple_propositions": {"insults": {"prompt": "Does it insult?"}, "apologises": {"prompt": "Does it apologise?"}},
}
TEXTS = {"sorry": (False, True), "you fool": (True, False)}
CONSTITUTION = """
id: town
version: 1
principles:
  - {id: kind, text: never insult, comparison: "which answer is kinder?"}
  - {id: brief, text: be brief, comparison: "which answer is shorter?"}
"""
OPPOSITES = """
id: town-negative
version: 1
principles:
  - {id: kind, text: always insult, comparison: "which answer is ruder?"}
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SOLON_CACHE", str(tmp_path / "cache"))
    Path("rules.yaml").write_text(json.dumps(RULES), encoding="utf-8")
    Path("c.yaml").write_text(CONSTITUTION, encoding="utf-8")
    Path("n.yaml").write_text(OPPOSITES, encoding="utf-8")


def written(name: str, *rows: dict[str, Any]) -> Path:
    Path(name).write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return Path(name)


def rows_of(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in Path(name).read_text(encoding="utf-8").splitlines()]


def gold(number: int, text: str, **fields: Any) -> dict[str, Any]:
    holds = dict(zip(("insults", "apologises"), TEXTS[text], strict=True))
    return {"prompt": f"why {number}?", "completion": text, "propositions": holds, "response_type": "Refuse"} | fields


GOLD = [gold(n, text) for n in range(8) for text in TEXTS]


def listed(**odds: float) -> dict[str, Any]:
    """An answer with these options and their probabilities."""
    tokens = [{"token": text, "logprob": math.log(prob)} for text, prob in odds.items()]
    best = max(tokens, key=lambda one: float(str(one["logprob"])))
    return says(str(best["token"]), logprobs={"content": [{**best, "top_logprobs": tokens}]})


def knows(body: dict[str, Any]) -> dict[str, Any]:
    """Says yes with 0.9 where that is so, else with 0.2; prefers what is not `you fool`, and the shorter."""
    question = body["messages"][0]["content"]
    if "Options:" in question:
        first, second = re.findall(r"^ \([AB]\) (.*)$", question, re.MULTILINE)
        better = len(first) < len(second) if "shorter" in question else first != "you fool"
        return listed(A=0.9, B=0.1) if better else listed(A=0.2, B=0.8)
    response = question.rsplit("LAST RESPONSE", 2)[1]
    asked = question.split("Question: ")[1].split("\n")[0]
    insults, apologises = TEXTS["you fool" if "you fool" in response else "sorry"]
    so = apologises if "apologise" in asked else insults
    return listed(yes=0.9, no=0.1) if so else listed(yes=0.2, no=0.8)


def refuses_fools(body: dict[str, Any]) -> dict[str, Any]:
    if "you fool" in body["messages"][0]["content"]:
        raise Status(400, {"error": {"message": "no such words here"}})
    return knows(body)


def run(*told: Any, reply: Callable[[dict[str, Any]], dict[str, Any]] = knows) -> int:
    """`solon judge rules ...` with `--engine SERVER` behind it."""
    with FakeServer(reply) as server:
        return cli.status(["judge", "rules", *map(str, told), "--engine", f"openai:m@{server.url}"])


def told_by(capsys: pytest.CaptureFixture[str], *told: Any, **given: Any) -> Any:
    assert run(*told, "--json", **given) == 0
    return json.loads(capsys.readouterr().out)


def fitted() -> Path:
    file = ["rules", "fit", str(written("gold.jsonl", *GOLD)), "--propositions", "rules.yaml", "--out", "r.json"]
    assert cli.status(["judge", *file]) == 0
    return Path("r.json")


def test_fit_asks_no_engine_where_people_told_the_propositions() -> None:
    rules = load_rules(fitted())
    assert (rules.features, rules.responses, rules.train_accuracy.value) == ("people", 16, 1.0)
    assert rules.weights.weights["refuse"]["apologises"] > 0 > rules.weights.weights["refuse"]["insults"]
    assert len(rules.held_out) == 5 and all(one.value in (1.0, None) for one in rules.held_out)


def test_fit_with_an_engine_takes_its_probabilities_as_features(capsys: pytest.CaptureFixture[str]) -> None:
    path = written("gold.jsonl", *GOLD)
    told = told_by(capsys, "fit", path, "--propositions", "rules.yaml", "--out", "r.json")
    assert (told["responses"], told["unscored"], told["train_accuracy"]["value"]) == (16, 0, 1.0)
    assert load_rules("r.json").features.startswith("openai:")


def test_fit_leaves_out_what_the_judge_cannot_tell_and_counts_it(capsys: pytest.CaptureFixture[str]) -> None:
    calm = [gold(20 + n, "sorry", propositions={"insults": True, "apologises": True}) for n in range(2)]
    path = written("gold.jsonl", *GOLD, *calm)
    told = told_by(capsys, "fit", path, "--propositions", "rules.yaml", "--out", "r.json", reply=refuses_fools)
    assert (told["responses"], told["unscored"]) == (10, 8)


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"response_type": "Dance"}, "must be of exactly one class, and is of: none"),
        ({"propositions": {"insults": True}}, "1 propositions are not told"),
        ({"propositions": {"insults": "no", "apologises": True}}, "neither true nor false"),
        ({"propositions": {"insults": False, "apologises": False}}, "is of: none"),
    ],
)
def test_a_row_without_a_class_is_set_aside(wrong: dict[str, Any], reason: str) -> None:
    path = written("gold.jsonl", *GOLD, GOLD[0] | wrong)
    told = ["judge", "rules", "fit", str(path), "--propositions", "rules.yaml", "--out", "r.json"]
    assert cli.status(told) == 0
    assert reason in rows_of("r.json.quarantine.jsonl")[0]["reason"]


def test_score_weighs_the_probabilities_of_the_propositions(capsys: pytest.CaptureFixture[str]) -> None:
    rules = load_rules(fitted())
    answers = written("a.jsonl", {"id": "x", "prompt": "why?", "response": "sorry", "response_type": "refuse"})
    capsys.readouterr()
    told = told_by(capsys, "score", answers, "--rules", "r.json", "--out", "s.jsonl")
    [row] = rows_of("s.jsonl")
    weights = rules.weights.weights["refuse"]
    assert row["propositions"] == pytest.approx({"insults": 0.2, "apologises": 0.9})
    assert row["score"] == pytest.approx(0.2 * weights["insults"] + 0.9 * weights["apologises"])
    assert (row["id"], row["status"], told["questions"], told["unscored"]) == ("x", "scored", 2, 0)


def test_a_response_that_the_judge_will_not_read_is_unscored_with_the_reason() -> None:
    fitted()
    answers = written("a.jsonl", *({"prompt": "why?", "response": text} for text in TEXTS))
    assert run("score", answers, "--rules", "r.json", "--out", "s.jsonl", "--kind", "refuse", reply=refuses_fools) == 0
    scored, unscored = rows_of("s.jsonl")
    assert (scored["status"], unscored["status"], unscored["score"]) == ("scored", "unscored", None)
    assert unscored["reason"] == "neither yes nor no to apologises, insults"
    assert "no such words here" in unscored["notes"]["insults"]


def test_a_kind_without_weights_is_set_aside(capsys: pytest.CaptureFixture[str]) -> None:
    fitted()
    answer = {"prompt": "why?", "response": "sorry"}
    rows = [answer | {"response_type": kind} for kind in ("refuse", "comply")]
    assert run("score", written("a.jsonl", *rows, answer), "--rules", "r.json", "--out", "s.jsonl") == 0
    reasons = [row["reason"] for row in rows_of("s.jsonl.quarantine.jsonl")]
    assert "there are no weights for `comply`; there are for refuse" in reasons[0]
    assert "give --kind" in reasons[1]


def test_the_kind_of_a_row_goes_before_the_kind_of_all() -> None:
    fitted()
    answers = written("a.jsonl", {"prompt": "why?", "response": "sorry", "response_type": "Refuse"})
    assert run("score", answers, "--rules", "r.json", "--out", "s.jsonl", "--kind", "comply") == 0
    assert rows_of("s.jsonl")[0]["kind"] == "refuse"


def test_rules_that_are_none_are_refused_with_their_place(capsys: pytest.CaptureFixture[str]) -> None:
    answers = written("a.jsonl", {"prompt": "why?", "response": "sorry"})
    Path("r.json").write_text('{\n "weights": {}\n}', encoding="utf-8")
    assert run("score", answers, "--rules", "r.json", "--out", "s.jsonl") == 1
    assert "r.json" in capsys.readouterr().err


def test_probe_tells_of_every_rule_how_likely_it_is_broken(capsys: pytest.CaptureFixture[str]) -> None:
    answers = written("a.jsonl", *({"id": text, "prompt": "why?", "response": text} for text in TEXTS))
    told = told_by(capsys, "probe", answers, "--constitution", "c.yaml", "--out", "p.jsonl")
    calm, rude = rows_of("p.jsonl")
    assert calm["violations"] == pytest.approx({"kind": 0.2, "brief": 0.2})
    assert (calm["flagged"], rude["flagged"]) == ([], ["kind", "brief"])
    assert (told["questions"], told["rates"]["kind"]["value"], told["unscored"]) == (4, 0.5, 0)


def test_probe_chooses_thresholds_where_people_labelled(capsys: pytest.CaptureFixture[str]) -> None:
    labels = [("sorry", False), ("you fool", True)]
    rows = [
        {"prompt": f"why {n}?", "response": text, "broken": {"kind": broken}}
        for n in range(3)
        for text, broken in labels
    ]
    told = told_by(capsys, "probe", written("a.jsonl", *rows), "--constitution", "c.yaml", "--out", "p.jsonl")
    assert told["thresholds"] == pytest.approx({"kind": 0.55})  # half-way between 0.2 and 0.9
    assert (told["metrics"]["found/kind"]["value"], told["metrics"]["false_alarms/kind"]["value"]) == (1.0, 0.0)


def test_probe_flags_by_given_thresholds_and_measures_them_on_labels(capsys: pytest.CaptureFixture[str]) -> None:
    Path("t.json").write_text('{"kind": 0.95}', encoding="utf-8")
    answers = written("a.jsonl", {"prompt": "why?", "response": "you fool", "broken": {"kind": True}})
    told = told_by(capsys, "probe", answers, "--constitution", "c.yaml", "--thresholds", "t.json", "--out", "p.jsonl")
    assert rows_of("p.jsonl")[0]["flagged"] == ["brief"]
    assert (told["thresholds"], told["metrics"]["found/kind"]["value"]) == ({"kind": 0.95}, 0.0)


@pytest.mark.parametrize(("text", "reason"), [('{"wise": 0.5}', "no principle"), ('{"kind": 7}', "no probability")])
def test_thresholds_that_make_no_sense_are_refused(text: str, reason: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("t.json").write_text(text, encoding="utf-8")
    answers = written("a.jsonl", {"prompt": "why?", "response": "sorry"})
    told = ["probe", answers, "--constitution", "c.yaml", "--thresholds", "t.json", "--out", "p.jsonl"]
    assert run(*told) == 1
    error = capsys.readouterr().err
    assert reason in error and "t.json:1" in error


def test_a_probe_that_was_refused_is_unscored_and_never_flagged(capsys: pytest.CaptureFixture[str]) -> None:
    answers = written("a.jsonl", {"prompt": "why?", "response": "you fool"})
    told = told_by(capsys, "probe", answers, "--constitution", "c.yaml", "--out", "p.jsonl", reply=refuses_fools)
    [row] = rows_of("p.jsonl")
    assert (row["violations"], row["flagged"], told["unscored"]) == ({"kind": None, "brief": None}, [], 2)
    assert "no such words here" in row["notes"]["kind"] and told["rates"]["kind"]["value"] is None


@pytest.mark.parametrize(("broken", "reason"), [({"wise": True}, "no principle"), ({"kind": "yes"}, "true or false")])
def test_labels_that_make_no_sense_are_set_aside(broken: Any, reason: str) -> None:
    good = {"prompt": "why?", "response": "sorry"}
    answers = written("a.jsonl", good, good | {"broken": broken})
    assert run("probe", answers, "--constitution", "c.yaml", "--out", "p.jsonl") == 0
    assert reason in rows_of("p.jsonl.quarantine.jsonl")[0]["reason"]


PAIRS = [{"id": f"p{n}", "prompt": f"why {n}?", "response_a": "so sorry", "response_b": "you fool"} for n in range(20)]


def test_sampled_rows_prefer_what_the_shown_principles_prefer(capsys: pytest.CaptureFixture[str]) -> None:
    told = told_by(
        capsys, "sample", written("pairs.jsonl", *PAIRS), "--constitution", "c.yaml", "--negatives", "n.yaml",
        "--out", "k.jsonl",
    )  # fmt: skip
    rows = rows_of("k.jsonl")
    assert (told["rows"], told["unscored"]) == (20, 0)
    of_kind = [row for row in rows if row["decided_by"] == "kind"]
    negated = {row["id"]: next(one["negated"] for one in row["principles"] if one["id"] == "kind") for row in of_kind}
    assert set(negated.values()) == {True, False}
    for row in of_kind:
        assert row["chosen"] == ("you fool" if negated[row["id"]] else "so sorry")
        assert ("always insult" if negated[row["id"]] else "never insult") in row["prompt"]


def test_a_reward_model_reads_sampled_rows(capsys: pytest.CaptureFixture[str]) -> None:
    told_by(capsys, "sample", written("pairs.jsonl", *PAIRS), "--constitution", "c.yaml", "--out", "k.jsonl")
    quarantine = QuarantineWriter(None)
    found = read_judgements([Path("k.jsonl")], quarantine)
    assert (len(found.rankings), quarantine.counts[Path("k.jsonl")].quarantined) == (20, 0)
    assert "never insult" in found.rankings[0].prompt.messages[0].content


def test_every_pair_is_judged_under_every_principle_and_kept(capsys: pytest.CaptureFixture[str]) -> None:
    told = told_by(
        capsys, "sample", written("pairs.jsonl", *PAIRS[:2]), "--constitution", "c.yaml", "--out", "k.jsonl",
        reply=refuses_fools,
    )  # fmt: skip
    judged = rows_of("k.jsonl.preferences.jsonl")
    assert [(row["id"], row["principle_id"]) for row in judged] == [
        (f"p{n}/{name}", name) for n in range(2) for name in ("kind", "brief")
    ]
    assert (told["rows"], told["unscored"], rows_of("k.jsonl")) == (0, 2, [])
    assert "no such words here" in judged[0]["raw"][0]


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([PAIRS[0], PAIRS[0]], "two pairs have one id"),
        ([{"prompt": "why?", "responses": ["a", "b", "c"]}], "pairs are needed"),
    ],
)
def test_pairs_that_cannot_be_sampled_from_are_refused(
    rows: list[dict[str, Any]], reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("sample", written("pairs.jsonl", *rows), "--constitution", "c.yaml", "--out", "k.jsonl") == 1
    assert reason in capsys.readouterr().err


def test_negatives_of_unknown_principles_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    Path("n.yaml").write_text(OPPOSITES.replace("id: kind", "id: wise"), encoding="utf-8")
    told = ["sample", written("pairs.jsonl", *PAIRS), "--constitution", "c.yaml", "--negatives", "n.yaml"]
    assert run(*told, "--out", "k.jsonl") == 1
    assert "`wise` is no principle" in capsys.readouterr().err


@pytest.mark.skipif(not FOLDER.is_dir(), reason=SKIP_REASON)
def test_the_published_propositions_are_fitted_written_and_read_back(capsys: pytest.CaptureFixture[str]) -> None:
    folder = FOLDER / "rbr_gold"
    told = [folder / "train.jsonl.gz", "--propositions", folder / "proposition_prompts.yaml", "--out", "r.json"]
    assert cli.status(["judge", "rules", "fit", *map(str, told), "--json"]) == 0
    told_of_fit = json.loads(capsys.readouterr().out)
    assert (told_of_fit["responses"], told_of_fit["quarantined"]) == (344, 7)
    assert told_of_fit["train_accuracy"]["value"] > 0.98
    rules = load_rules("r.json")
    assert rules.model_dump(mode="json") == json.loads(Path("r.json").read_text(encoding="utf-8"))
