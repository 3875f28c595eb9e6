"""Nothing that a file may hold crashes a reader or is lost in silence; benchmarks/fuzz_readers.py tries more."""

import json
import tempfile
from pathlib import Path

import hypothesis.strategies as st
from hypothesis import HealthCheck, given, settings
from tests.data.damaged import Table, lost_rows, rows, tables

from solon.data.formats import FORMATS

few = settings(max_examples=80, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


@few
@given(table=tables())
def test_a_damaged_file_is_refused_or_its_rows_are_counted(table: Table) -> None:
    with tempfile.TemporaryDirectory() as folder:
        assert lost_rows(Path(folder), table) == 0


@few
@given(data=st.data(), format=st.sampled_from([one.name for one in FORMATS]))
def test_a_format_reads_a_row_of_its_fields_or_sets_it_aside(data: st.DataObject, format: str) -> None:
    row = data.draw(rows(format))
    with tempfile.TemporaryDirectory() as folder:
        table = Table("a.jsonl", (json.dumps(row) + "\n").encode())
        assert lost_rows(Path(folder), table, format) == 0
        assert lost_rows(Path(folder), table) == 0
