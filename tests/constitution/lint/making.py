"""Constitutions for the tests of lint, each with one thing wrong."""

from pathlib import Path

from solon.constitution.lint import Problem, lint_file

SOUND = """\
id: town
version: 1
principles:
  - id: honest
    text: Say which parts of an answer are guesses.
    critique_request: Which parts are guesses?
    revision_request: Mark the guesses.
    comparison: Which answer marks its guesses?
    tags: [truth]
  - id: kind
    text: Do not insult or mock anybody.
    critique_request: Whom does it insult?
    revision_request: Take the insults out.
    comparison: Which answer insults nobody?
    tags: [manner]
  - id: sourced
    text: Name the source of every figure.
    critique_request: Which figure has no source?
    revision_request: Give each figure a source.
    comparison: Which answer names its sources?
    tags: [truth]
  - id: calm
    text: Never threaten a reader.
    critique_request: What in it threatens?
    revision_request: Take the threat out.
    comparison: Which answer threatens nobody?
    tags: [manner]
examples:
  critiques:
    - {prompt: hi, response: go away, critique: It is rude., revision: hello}
    - {prompt: hi, response: hello, critique: no change needed}
  comparisons:
    - {prompt: hi, response_a: hello, response_b: go away, answer: A}
"""


def linted(folder: Path, old: str = "", new: str = "", text: str = SOUND) -> list[Problem]:
    """The problems of SOUND with one replacement."""
    assert old in text
    path = folder / "c.yaml"
    path.write_text(text.replace(old, new, 1) if old else text, encoding="utf-8")
    return lint_file(path).problems


def told(folder: Path, old: str, new: str) -> list[tuple[int | None, str | None, str, str]]:
    """As `linted`, without the messages."""
    return [(one.line, one.principle, one.kind, one.severity) for one in linted(folder, old, new)]
