import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.data.real_files import FOLDER, SKIP_REASON

from solon.constitution.importers import import_polis
from solon.constitution.importers.polis import after_exclusions, rank_by_consensus, vote_matrix
from solon.constitution.importers.polis_files import Statement, read_polis
from solon.errors import InputError

REAL = FOLDER / "collective_constitution"

STATEMENTS = "comment-id,comment-body,moderated\n1,Be kind.,1\n2,Be rude.,-1\n3,Be odd.,0\n4,Be brief.,1\n"
VOTES = """\
participant,group-id,n-votes,1,2,4
7,0,3,1,-1,0
8,0,2,1,,-1
9,1,1,,,1
10,1,2,,1.0,
"""


def write(folder: Path, statements: str = STATEMENTS, votes: str = VOTES) -> Path:
    (folder / "comments.csv").write_text(statements, encoding="utf-8")
    (folder / "participants-votes.csv").write_text(votes, encoding="utf-8")
    return folder


def test_few_votes_and_moderated_statements_are_excluded(tmp_path: Path) -> None:
    # At least 2 votes: 7, 8 and 10 stay, but all that 10 saw and that counts elsewhere is rejected. 2 is rejected and
    # 3 was never looked at. Of 7 and 8: 3 + 2 votes, of which 7's on statement 2 is on nothing that is left.
    kept = after_exclusions(read_polis(write(tmp_path)), min_votes=2)
    assert [person.id for person in kept.participants] == ["7", "8"]
    assert [one.id for one in kept.statements] == ["1", "4"]
    assert (kept.counts["votes"], kept.counts["votes_on_statements"]) == (5, 4)
    assert vote_matrix(kept).tolist() == [[1.0, 0.0], [1.0, -1.0]]


def test_exactly_min_votes_is_enough(tmp_path: Path) -> None:
    files = read_polis(write(tmp_path))
    assert [person.id for person in after_exclusions(files, min_votes=3).participants] == ["7"]


def test_group_aware_consensus_multiplies_the_groups_smoothed_agreement() -> None:
    # Statement a: group 0 agrees 2 of 2: 3/4; group 1 agrees 0 of 1: 1/3; together 1/4.
    # Statement b: group 0 agrees 1 of 2 (one passes): 2/4; group 1 did not see it: 1/2; together 1/4, in order.
    # Statement c: group 0 agrees 1 of 1: 2/3; group 1 agrees 1 of 1: 2/3; together 4/9: first.
    nan = float("nan")
    votes = np.array([[1.0, 1.0, 1.0], [1.0, 0.0, nan], [-1.0, nan, 1.0]])
    statements = [Statement(name, name, 1) for name in "abc"]
    ranked = rank_by_consensus(statements, votes, np.array([0, 0, 1]))
    assert [one.statement.id for one in ranked] == ["c", "a", "b"]
    assert [one.consensus for one in ranked] == pytest.approx([4 / 9, 1 / 4, 1 / 4])


def two_camps(folder: Path) -> Path:
    """Six people agree on 1 and split on 2; nobody likes 3."""
    rows = [{"comment-id": str(n), "comment-body": f"Rule {n}.", "moderated": "1"} for n in (1, 2, 3)]
    votes: list[dict[str, Any]] = [
        {"participant": str(n), "1": "1.0", "2": "1.0" if n < 3 else "-1.0", "3": "-1.0"} for n in range(6)
    ]
    votes[0]["3"] = "0.0"
    (folder / "comments.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    (folder / "clean_votes.jsonl").write_text("\n".join(map(json.dumps, votes)), encoding="utf-8")
    return folder


def test_what_every_group_agrees_with_becomes_a_principle_with_its_votes_in_the_source(tmp_path: Path) -> None:
    made = import_polis(two_camps(tmp_path), min_votes=3)
    (one,) = made.constitution.entries
    assert (one.id, one.text) == ("statement-1", "Rule 1.")
    # Two groups of three: (3+1)/(3+2) each, 16/25.
    votes = "consensus 0.640; group 0 agree 3 disagree 0 pass 0; group 1 agree 3 disagree 0 pass 0"
    assert one.source == f"comments.jsonl, statement 1: {votes}"


def test_top_and_threshold_choose(tmp_path: Path) -> None:
    folder = two_camps(tmp_path)
    chosen = [one.id for one in import_polis(folder, min_votes=3, top=2).constitution.entries]
    assert chosen == ["statement-1", "statement-2"]
    # Statement 2: (3+1)/5 x (0+1)/5 = 0.16; statement 3: 1/5 x 1/5 = 0.04.
    at_least = import_polis(folder, min_votes=3, threshold=0.15).constitution.entries
    assert [one.id for one in at_least] == chosen
    with pytest.raises(InputError, match=r"comments\.jsonl: no statement .* 0\.640"):
        import_polis(folder, min_votes=3, threshold=0.7)


@pytest.mark.parametrize(
    ("statements", "votes", "told"),
    [
        (STATEMENTS.replace("4,Be brief.,1", "4,Be brief.,yes"), VOTES, r"comments\.csv:5: not as Polis exports it"),
        (STATEMENTS, VOTES.replace("8,0,2,1", "8,0,2,agree"), r"votes\.csv:3: the vote on statement 1 is 'agree'"),
        (STATEMENTS, VOTES.replace("8,0,2,", "8,0,few,"), r"votes\.csv:3: n-votes is 'few'"),
        (STATEMENTS.replace(",1\n", ",0\n"), VOTES, r"comments\.csv: no statement has `moderated` 1"),
    ],
)
def test_files_that_are_not_as_exported_are_refused(tmp_path: Path, statements: str, votes: str, told: str) -> None:
    with pytest.raises(InputError, match=told):
        import_polis(write(tmp_path, statements, votes), min_votes=1)


def test_nobody_left_is_an_error_that_says_what_to_lower(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nobody voted 25 times or more"):
        import_polis(write(tmp_path))


def test_a_folder_without_votes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"comments\.csv"):
        import_polis(tmp_path)


@pytest.mark.skipif(not REAL.exists(), reason=SKIP_REASON)
def test_the_published_counts_are_found_again() -> None:
    made = import_polis(REAL, top=75)
    assert made.counts == {
        "statements_read": 1418,
        "participants_read": 1002,
        "participants": 1002,
        "statements": 275,
        "votes": 35_587,
        "votes_on_statements": 34_563,
        "groups": 4,
        "principles": 75,
    }
