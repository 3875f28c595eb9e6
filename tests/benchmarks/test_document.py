from pathlib import Path

import pytest
from benchmarks.proof.__main__ import command_line, parser
from benchmarks.proof.claims import Verdict
from benchmarks.proof.document import Kept, document, read_sections, write_section
from benchmarks.proof.study import Section

TITLES = {"policies": "Every policy", "kill": "Killed and resumed"}
SECTION = Section(
    "a table\n", [Verdict("rl_cai: harmful", "<= 0.02", "0.010", "met"), Verdict("x", "y", "z", "not met")]
)


def test_a_section_comes_back_as_it_was_kept(tmp_path: Path) -> None:
    write_section(tmp_path, "kill", SECTION, "made here")
    kept = read_sections(tmp_path, TITLES)
    assert kept == {"kill": Kept(SECTION, "made here")}


def test_the_document_begins_with_all_verdicts_and_how_many_are_met() -> None:
    text = document(TITLES, {"kill": Kept(SECTION, "made here")})
    assert "1 of 2 claims are met." in text
    assert text.index("| x | y | z | not met |") < text.index("## Killed and resumed")


def test_a_part_that_is_not_made_is_named() -> None:
    assert "Not made yet: Every policy." in document(TITLES, {"kill": Kept(SECTION, "made here")})


def test_each_section_tells_its_origin() -> None:
    assert "a table\n\nmade here\n" in document(TITLES, {"kill": Kept(SECTION, "made here")})


def test_the_command_in_the_document_makes_that_part_again() -> None:
    given = parser().parse_args(["--seeds", "4", "5", "--set", "threads=1"])
    told = command_line(given, "long")
    assert told == "python -m benchmarks.proof --only long --seeds 4 5 --prompts 2001 --set threads=1"
    again = parser().parse_args(told.split()[3:])
    assert (again.only, again.seeds, again.set) == (["long"], [4, 5], ["threads=1"])


def test_parts_are_chosen_by_name() -> None:
    assert parser().parse_args(["--only", "kill", "cost"]).only == ["kill", "cost"]
    with pytest.raises(SystemExit):
        parser().parse_args(["--only", "kil"])
