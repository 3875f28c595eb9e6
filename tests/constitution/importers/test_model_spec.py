from pathlib import Path

import pytest

from solon.constitution.importers import Imported, import_model_spec
from solon.errors import InputError

SPEC = """\
# Overview {#overview}

Models should read this.

# Tell the truth {#truth}

## Do not lie {#no_lies authority=user}

The assistant must not lie[^a], see [?](#sure). This includes:

- small lies
- large ones

It may keep silent.

!!! meta "Commentary"
    We must say why.

**Example**: a question

~~~xml
<developer>
Be &lt;brief&gt;.
</developer>
<user>
Is it raining?
</user>
<comparison>
<assistant> <!-- BAD: nobody knows that -->
Yes.
</assistant>
<assistant> <!-- GOOD -->
I cannot see the sky.
</assistant>
</comparison>
~~~

## Say how sure {#sure authority=guideline}

Say how sure you are.

~~~xml
<user>
When did it begin?
</user>
<comparison>
<assistant> <!-- GOOD -->
About 1900.
</assistant>
</comparison>
~~~

## Empty {#empty authority=user}
"""


def read(folder: Path, text: str = SPEC) -> Imported:
    path = folder / "spec.md"
    path.write_text(text, encoding="utf-8")
    return import_model_spec(path)


def test_headings_with_authority_become_principles_with_their_first_paragraph_and_its_list(tmp_path: Path) -> None:
    first, second = read(tmp_path).constitution.entries
    said = 'Do not lie. The assistant must not lie, see "Say how sure". This includes: small lies large ones'
    assert (first.id, first.text, first.source, first.tags) == (
        "no-lies", said, "spec.md:7", ("tell-the-truth",),
    )  # fmt: skip
    assert second.id == "sure"


def test_what_becomes_no_principle_is_noted_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "spec.md"
    assert read(tmp_path).notes == (
        f"{path}:14: more prose of 'Do not lie', not in the principle",
        f"{path}:53: no prose of its own: Empty",
    )


def test_without_authority_headings_whose_prose_demands_something_become_principles(tmp_path: Path) -> None:
    made = read(tmp_path, "# A\n\nThis is a text.\n\n# B\n\nYou should listen.\n")
    assert [one.id for one in made.constitution.entries] == ["b"]


def test_an_example_with_a_good_and_a_bad_answer_is_shown_to_critics_and_judges(tmp_path: Path) -> None:
    made = read(tmp_path)
    principle = made.constitution.principle("no-lies")
    (critique,), (comparison,) = made.constitution.examples.critiques, made.constitution.examples.comparisons
    assert [(turn.role, turn.content) for turn in critique.messages] == [
        ("system", "Be <brief>."),
        ("user", "Is it raining?"),
    ]
    assert (critique.response, critique.revision) == ("Yes.", "I cannot see the sky.")
    assert critique.critique.endswith("nobody knows that.")
    assert (comparison.response_a, comparison.answer) == ("I cannot see the sky.", "A")
    assert (critique.critique_request, comparison.comparison) == (principle.critique_request, principle.comparison)


def test_of_two_examples_the_second_leaves_the_answer_and_puts_the_good_one_last(tmp_path: Path) -> None:
    good = "<assistant> <!-- GOOD -->\nAbout 1900.\n</assistant>\n"
    bad = "<assistant> <!-- BAD -->\nIn 1900, and nobody doubts that, whoever you may ask.\n</assistant>\n"
    made = read(tmp_path, SPEC.replace(good, good + bad))
    critique, comparison = made.constitution.examples.critiques[1], made.constitution.examples.comparisons[1]
    assert (critique.response, critique.revision) == ("About 1900.", None)
    assert "no change needed" in critique.critique
    assert (comparison.response_b, comparison.answer) == ("About 1900.", "B")


def test_an_example_with_gaps_is_counted_and_not_kept(tmp_path: Path) -> None:
    made = read(tmp_path, SPEC.replace("Yes.", "Yes, [...]"))
    assert (made.counts["examples_found"], made.counts["examples_kept"]) == (1, 0)


def test_a_file_without_demands_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no heading has prose of its own"):
        read(tmp_path, "# A\n\nThis is a text.\n")
