"""Rule lists: one rule a line, or a JSON or YAML list of strings.

The shape of Sparrow's rules (Glaese et al. 2022, arXiv:2209.14375) and of Dromedary's prompt (Sun et al. 2023,
arXiv:2305.03047), whose rules are numbered and named: `3 (candor). Admit ...`.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from solon.constitution.importers.imported import Imported, Names, entry_of, slug
from solon.constitution.importers.sources import read_text, text_list
from solon.constitution.schema import Constitution
from solon.errors import InputError

_HEADING = re.compile(r"^ {0,3}(#{1,6})\s+(.*?)\s*#*$")
_ITEM = re.compile(
    r"^\s*(?:[-*+\u2022]|\(?\d{1,3}[.)]|\d{1,3}(?=\s*\())\s*(?:\((?P<name>[^()]+)\)[.:]?)?\s*(?P<text>\S.*)$"
)
_FENCE = re.compile(r"^\s*(```|~~~)")


class Rule(NamedTuple):
    """One rule of a list."""

    line: int
    text: str
    group: str = ""
    """The heading above it."""
    name: str = ""


def import_rules(path: Path | str, *, section: str | None = None) -> Imported:
    """A list of rules as principles; headings above rules become tags.

    In text, list items (`- `, `1. `, `1 (name). `) are rules, indented lines below go on with them, and other lines
    are prose and noted. A text without any item is read as one rule a line.

    Args:
        section: read only what stands under this heading.

    Raises:
        InputError: the file cannot be read, holds no rule, has no such heading, or an element is no text.
    """
    path = Path(path)
    notes: list[str] = []
    if path.suffix in (".json", ".yaml", ".yml"):
        rules = [Rule(line, text) for line, text in text_list(path)]
        if section is not None:
            raise InputError.at(path, None, f"a list has no headings, so no section '{section}'; leave it out")
    else:
        rules = _rules_of_text(path, section, notes)
    if not rules:
        raise InputError.at(path, None, "there is no rule; write one on each line: `- Do not ...`")
    names = Names()
    entries = [
        entry_of(
            names.name(rule.name or rule.text),
            rule.text,
            source=f"{path.name}:{rule.line}",
            tags=(slug(rule.group),) if rule.group else (),
        )
        for rule in rules
    ]
    made = Constitution(id=slug(path.stem), version="1", principles=tuple(entries))
    counts = {"principles": len(entries), "groups": len({rule.group for rule in rules} - {""})}
    return Imported(made, counts, tuple(notes))


def _rules_of_text(path: Path, section: str | None, notes: list[str]) -> list[Rule]:
    lines = read_text(path).split("\n")
    itemised = any(_ITEM.match(line) for line in lines)
    rules: list[Rule] = []
    level = None if section is None else 0  # of the wanted section's heading; 0: not there yet, None: all is wanted
    fenced, group, found = False, "", False
    for number, line in enumerate(lines, 1):
        if _FENCE.match(line):
            fenced = not fenced
        elif heading := None if fenced else _HEADING.match(line):
            depth, group = len(heading[1]), heading[2]
            if level and depth <= level:
                level = 0
            if section is not None and group.casefold() == section.casefold():
                level, found = depth, True
        elif fenced or level == 0 or not line.strip():
            continue
        elif item := _ITEM.match(line):
            rules.append(Rule(number, item["text"].strip(), group, item["name"] or ""))
        elif not itemised:
            rules.append(Rule(number, line.strip(), group))
        elif rules and line[0] in " \t":
            rules[-1] = rules[-1]._replace(text=f"{rules[-1].text} {line.strip()}")
        else:
            notes.append(f"{path}:{number}: prose, no rule: {line.strip()[:60]}")
    if section is not None and not found:
        raise InputError.at(path, None, f"there is no heading '{section}'; headings begin with `#`")
    return rules
