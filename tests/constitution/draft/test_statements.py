import pytest

from solon.constitution.draft.statements import PolicyText, read_policy

POLICY = """\
# Desk

This page is old. Answers must be signed,
and nobody else may sign. It hangs in the hall.

## Loans

Never:

- Name a reader
- ISBN numbers must stay

Opening hours:

- nine to five

| a |

```
you must not read this
```
"""


def said(policy: PolicyText) -> list[tuple[int, int, str]]:
    return [(one.line, one.last, one.text) for one in policy.statements]


def test_sentences_that_demand_something_are_statements_with_their_lines() -> None:
    found = said(read_policy(POLICY))
    assert found[0] == (3, 4, "Answers must be signed, and nobody else may sign.")


def test_items_below_an_opening_are_read_with_it() -> None:
    # An item's capital goes, an abbreviation's stays.
    assert said(read_policy(POLICY))[1:] == [(10, 10, "Never name a reader"), (11, 11, "Never ISBN numbers must stay")]


def test_all_other_lines_are_unused_with_a_reason() -> None:
    found = [(one.line, one.last, one.reason) for one in read_policy(POLICY).unused]
    assert found == [
        (3, 3, "asks for nothing"),
        (4, 4, "asks for nothing"),
        (13, 13, "asks for nothing"),
        (15, 15, "asks for nothing"),
        (17, 17, "a table, a comment or a rule"),
        (19, 21, "fenced text"),
    ]


def test_headings_above_are_kept() -> None:
    assert [one.headings for one in read_policy(POLICY).statements] == [("Desk",), *[("Desk", "Loans")] * 2]


@pytest.mark.parametrize(
    ("text", "statements"),
    [
        ("Name the source. Dr. Smith is in.", ["Name the source."]),
        ('Say "I do not know." Then ask.', ['Say "I do not know."', "Then ask."]),
        ("- Do not guess.\n- a thing", ["Do not guess."]),
    ],
)
def test_a_text_without_headings_is_read_sentence_by_sentence(text: str, statements: list[str]) -> None:
    assert [one.text for one in read_policy(text).statements] == statements
