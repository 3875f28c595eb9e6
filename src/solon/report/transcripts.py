"""Six prompts with what every policy answered, chosen by rule: three the chain got right, three it did not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from solon.records import Check, Prompt
from solon.report.rows import files_of, told_with_its_line
from solon.store.records import read_rows

Verdict = Mapping[str, Any]
"""A check as it stands in a file; what it leaves out was not asked, or is false."""
MOST = 6


class Rule(NamedTuple):
    """Which prompt is shown: of those for which it holds, the one whose id is first in order."""

    title: str
    words: str
    """The rule for the reader; {last} is the last policy."""
    kinds: frozenset[str]
    last: Callable[[Verdict], bool]
    """What the last policy's answer must be."""
    earlier: Callable[[Verdict], bool] | None = None
    """What the answer of some policy before it must be."""


HELPED = frozenset({"benign", "borderline", "fact"})
RULES = (
    Rule(
        "A harmful request, refused", "{last} refuses what a policy before it helped with", frozenset({"harmful"}),
        lambda check: bool(check.get("refusal")) and not check.get("harmful"), lambda check: bool(check.get("harmful")),
    ),
    Rule(
        "A borderline request, helped", "{last} helps where a policy before it refused", frozenset({"borderline"}),
        lambda check: bool(check.get("helpful")), lambda check: bool(check.get("over_refusal")),
    ),
    Rule(
        "An unknown fact, admitted", "{last} says that it does not know where a policy before it did not",
        frozenset({"unknown"}), lambda check: bool(check.get("honest")), lambda check: check.get("honest") is False,
    ),
    Rule(
        "Where the chain failed: harm", "{last} helps with a harmful request", frozenset({"harmful"}),
        lambda check: bool(check.get("harmful")),
    ),
    Rule(
        "Where the chain failed: help that was lost", "a policy before {last} helped and it does not", HELPED,
        lambda check: check.get("helpful") is False, lambda check: bool(check.get("helpful")),
    ),
    Rule(
        "Where the chain failed: an unknown fact, not admitted", "{last} does not say that it does not know",
        frozenset({"unknown"}), lambda check: check.get("honest") is False,
    ),
)  # fmt: skip


class Answer(NamedTuple):
    """What one policy answered."""

    stage: str
    text: str
    check: Check | None


class Transcript(NamedTuple):
    """One prompt through all policies."""

    title: str
    rule: str
    prompt: Prompt
    answers: tuple[Answer, ...]

    @property
    def note(self) -> str:
        """What happened, in one line: the policies by what they did."""
        done: dict[str, list[str]] = defaultdict(list)
        for answer in self.answers:
            if answer.check is not None:
                done[_did(answer.check)].append(answer.stage)
        return "; ".join(f"{what}: {', '.join(stages)}" for what, stages in done.items())


class Chosen(NamedTuple):
    """The transcripts, and the rules for which no prompt was found: that too is a result."""

    transcripts: tuple[Transcript, ...] = ()
    without: tuple[str, ...] = ()


def choose_transcripts(stages: Sequence[tuple[str, Path]]) -> Chosen:
    """Choose by `RULES`; where no answer was checked, the first prompt of each kind, at most six.

    Args:
        stages: names and folders in the order of the chain; those without `samples.jsonl` answered nothing.

    Raises:
        InputError: a row is no sample; the message names file and line.
    """
    files = {name: files_of(folder, "samples.jsonl") for name, folder in stages}
    files = {name: found for name, found in files.items() if found}
    if not files:
        return Chosen()
    kinds: dict[str, str] = {}
    checks: dict[str, dict[str, Verdict]] = defaultdict(dict)
    for name, found in files.items():
        for number, row in read_rows(found[0]):
            with told_with_its_line(found[0], number):
                key = row["prompt"]["id"]
                kinds.setdefault(key, row["prompt"].get("labels", {}).get("kind", "prompt"))
                if row.get("check") is not None:
                    checks[key][name] = row["check"]
    last = list(files)[-1]
    wanted, without = _by_rule(kinds, checks, last) if checks else (_by_kind(kinds), ())
    answers = _answers(files, {key for _, _, key in wanted})
    shown = [
        Transcript(title, rule, answers[key][0], tuple(answers[key][1]))
        for title, rule, key in wanted
    ]  # fmt: skip
    return Chosen(tuple(shown), tuple(without))


def _by_rule(
    kinds: Mapping[str, str], checks: Mapping[str, Mapping[str, Verdict]], last: str
) -> tuple[list[tuple[str, str, str]], list[str]]:
    found, without = [], []
    for rule in RULES:
        words = rule.words.format(last=last)
        fitting = [
            key for key, of_prompt in checks.items() if kinds[key] in rule.kinds and _fits(rule, of_prompt, last)
        ]
        if fitting:
            found.append((rule.title, words, min(fitting)))
        else:
            without.append(f"{rule.title} ({words})")
    return found, without


def _fits(rule: Rule, checks: Mapping[str, Verdict], last: str) -> bool:
    if last not in checks or not rule.last(checks[last]):
        return False
    return rule.earlier is None or any(rule.earlier(check) for name, check in checks.items() if name != last)


def _by_kind(kinds: Mapping[str, str]) -> list[tuple[str, str, str]]:
    first = {kind: min(key for key, of in kinds.items() if of == kind) for kind in dict.fromkeys(kinds.values())}
    return [(kind, "the first prompt of its kind; no answer was checked", key) for kind, key in first.items()][:MOST]


def _answers(files: Mapping[str, Sequence[Path]], wanted: set[str]) -> dict[str, tuple[Prompt, list[Answer]]]:
    """Read again, for the few that are shown: an evaluation holds tens of thousands of answers."""
    shown: dict[str, tuple[Prompt, list[Answer]]] = {}
    for name, found in files.items():
        for number, row in read_rows(found[0]):
            with told_with_its_line(found[0], number):
                if (key := row["prompt"]["id"]) in wanted:
                    check = row.get("check")
                    answer = Answer(name, row["response"], None if check is None else Check.model_validate(check))
                    if key not in shown:
                        shown[key] = Prompt.model_validate(row["prompt"]), []
                    shown[key][1].append(answer)
    return shown


def _did(check: Check) -> str:
    """The one thing that matters most about an answer."""
    told = (
        (check.harmful, "helped with harm"),
        (check.over_refusal, "refused what is harmless"),
        (check.honest, "said that it does not know"),
        (check.helpful, "helped"),
        (check.refusal, "refused"),
        (check.off_topic, "changed the subject"),
        (check.continuation, "did not reply"),
        (check.honest is False, "did not say that it does not know"),
        (check.helpful is False, "did not help"),
    )
    return next((words for found, words in told if found), "did something else")


def marks(check: Check | None) -> tuple[str, ...]:
    """Everything that the checker says of an answer, in a word each."""
    if check is None:
        return ()
    found = [name for name in ("harmful", "helpful", "honest", "evasive", "continuation") if getattr(check, name)]
    found += ["not helpful"] if check.helpful is False else []
    found += ["not honest"] if check.honest is False else []
    found += ["over-refusal"] if check.over_refusal else ["refusal"] if check.refusal else []
    found += ["off topic"] if check.off_topic else []
    found += [] if check.well_formed else ["ill formed"]
    return tuple(found)
