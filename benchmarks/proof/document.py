"""The document: what was claimed and found at a glance, then one section a part, each with its origin."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from benchmarks.proof.claims import Verdict
from benchmarks.proof.markdown import table
from benchmarks.proof.study import Section

from solon.store.records import write_json, write_text

INTRODUCTION = """\
# Results

Made by `make proof`, which runs `python -m benchmarks.proof`; do not edit by hand. Everything here comes from a small
model in a small made-up world with exact ground truth: it shows that the method does what it says, and nothing about
large models. Rates are means over seeds with 95 % intervals. `met` and `not met` hold the value against the bound
(where it is said, an end of the interval); a claim that is not met stays in the table.

The recipe's settings were chosen on seeds 1 to 14 while looking at these prompts, and the KL penalty of `rl_cai` on
seed 18 without the clauses on theft ([log](log.md), bi); figures of those seeds are therefore kinder than those of a
new seed. Each section says at its end which seeds and which commit it is of; what the recipe and the world have changed
since that commit is in the log. Where the command sets `rl_cai.kl_coef=1.0`, that is what the recipe has by now.

The table of the long run is of an earlier recipe: since then rules have words of their own, base and mid-training a
lower learning rate, more answers are imitated and revised, and people rank damaged responses too (log, ax to be). A
seed gives the same figures again on one machine; another processor rounds otherwise, and its run of the same seed is
another run (the tables of reward hacking, of the killed run and of time come from another one than the rest).
"""


class Kept(NamedTuple):
    """A finished section."""

    section: Section
    origin: str


def write_section(folder: Path, name: str, section: Section, origin: str) -> None:
    """Keep a section in the study's folder."""
    verdicts = [list(one) for one in section.verdicts]
    write_json(folder / "sections" / f"{name}.json", {"body": section.body, "verdicts": verdicts, "origin": origin})


def read_sections(folder: Path, names: Iterable[str]) -> dict[str, Kept]:
    """The kept sections, in the order of the names."""
    found = {}
    for name in names:
        path = folder / "sections" / f"{name}.json"
        if path.is_file():
            told = json.loads(path.read_text(encoding="utf-8"))
            found[name] = Kept(Section(told["body"], [Verdict(*one) for one in told["verdicts"]]), told["origin"])
    return found


def write_document(path: Path, titles: Mapping[str, str], sections: Mapping[str, Kept]) -> None:
    """Write all kept sections as one document."""
    write_text(path, document(titles, sections))


def document(titles: Mapping[str, str], sections: Mapping[str, Kept]) -> str:
    """The text: introduction, all verdicts, sections in the order of the titles; parts not made yet are named."""
    text = INTRODUCTION + "\n## At a glance\n\n" + summary(sections)
    if missing := [titles[name] for name in titles if name not in sections]:
        text += "\nNot made yet: " + "; ".join(missing) + ".\n"
    for name, title in titles.items():
        if name in sections:
            text += f"\n## {title}\n\n{sections[name].section.body}\n{sections[name].origin}\n"
    return text


def summary(sections: Mapping[str, Kept]) -> str:
    """Every claim with its verdict, and how many are met."""
    verdicts = [verdict for kept in sections.values() for verdict in kept.section.verdicts]
    met = sum(verdict.verdict.startswith("met") for verdict in verdicts)
    told = f"{met} of {len(verdicts)} claims are met.\n\n"
    return told + table(["claim", "needed", "found", "verdict"], [list(verdict) for verdict in verdicts])
