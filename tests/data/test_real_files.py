"""Every published file at hand. The whole of them is read by benchmarks/data_files.py."""

from pathlib import Path

import pytest
from tests.data.real_files import FOLDER, NO_RECORDS, SKIP_REASON, data_files

from solon.data.load import load
from solon.data.quarantine import QuarantineWriter
from solon.records import Ranking, Record
from solon.store.records import write_records

FILES = data_files()
needs_data = pytest.mark.skipif(not FILES, reason=SKIP_REASON)
ROWS = 30


@needs_data
@pytest.mark.parametrize("name", FILES)
def test_a_published_file_is_read_and_its_records_read_back_equal(name: str, tmp_path: Path) -> None:
    path, quarantine = FOLDER / name, QuarantineWriter(None)
    of_kind: dict[str, list[Record]] = {}
    for _, record in load(path, quarantine, limit=ROWS):
        of_kind.setdefault(type(record).__name__, []).append(record)
    counts = quarantine.counts[path]
    assert counts.rows_in == counts.used + counts.quarantined > 0
    assert bool(of_kind) == (name not in NO_RECORDS), quarantine.first_reason.get(path)
    for kind, records in of_kind.items():
        out = tmp_path / f"{kind}.jsonl"
        write_records(out, records)
        assert [one.record for one in load(out, quarantine)] == records


def rankings(name: str, rows: int) -> list[Ranking]:
    found = load(FOLDER / name, QuarantineWriter(None), limit=rows)
    return [one.record for one in found if isinstance(one.record, Ranking)]


@needs_data
def test_three_annotators_are_three_rankings_of_one_prompt() -> None:
    first = rankings("pandalm/testset_v1.jsonl.gz", 1)
    assert [one.rater for one in first] == ["annotator1", "annotator2", "annotator3"]
    assert {one.ranks for one in first} == {(1, 0)}  # all three said 2
    assert len({one.prompt.id for one in first}) == 1


@needs_data
def test_consistent_preferences_are_a_ranking_of_four_and_others_six_of_two() -> None:
    # Of 241 rows 228 hold six verdicts that agree with one order: 228 + 13 * 6 = 306.
    found = rankings("qa_feedback/dev_feedback.jsonl.gz", 10**6)
    assert [len(one.responses) for one in found].count(4) == 228
    assert len(found) == 306


@needs_data
def test_ranks_of_siblings_begin_at_0_and_have_no_gaps() -> None:
    found = rankings("oasst1/en_validation_messages.jsonl.gz", 10**6)
    assert len(found) == 188
    assert all(set(one.ranks) == set(range(max(one.ranks) + 1)) for one in found)
