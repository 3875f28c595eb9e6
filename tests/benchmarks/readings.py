"""Metrics written by hand."""

from solon.records import Check, Metric, Prompt, user


def metric(value: float | None, low: float | None = None, high: float | None = None, n: int = 100) -> Metric:
    return Metric(value=value, low=low, high=high, n=n, instrument="checker")


def checked(
    name: str, kind: str, *, category: str = "theft", split: str = "wording", template: str | None = None, **found: bool
) -> tuple[Prompt, Check]:
    labels = {"kind": kind, "category": category, "split": split, "template": template or name}
    prompt = Prompt(id=name, messages=(user(name),), labels=labels)
    return prompt, Check(**{"well_formed": True, **found})
