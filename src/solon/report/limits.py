"""What a run leaves open, said by the page itself: not measured, not proven, not repeated, not finished."""

from __future__ import annotations

from collections.abc import Sequence

from solon.report.names import RATES
from solon.report.read import RunView, StageView


def limits_of(run: RunView, policies: Sequence[StageView]) -> list[str]:
    """A sentence for each limit that this run has of its own, beside those of every run."""
    found = []
    if policies:
        absent = [name for name in RATES if not any(_measured(stage, name) for stage in policies)]
        if absent:
            found.append(
                f"Not measured in any stage: {', '.join(absent)}. Their absence is no evidence of a good value."
            )
        people = any(m.instrument == "people" for stage in policies for m in stage.metrics.values())
        if not people:
            found.append("Nobody was asked which answers are better: there are no ratings by people.")
    elif run.stages:
        found.append(
            "No rate was measured: the source has no checker, or no policy was evaluated. Transcripts and training "
            "curves are all that this page shows of behaviour."
        )
    if unproven := [stage.name for stage in run.stages if not stage.proven]:
        found.append(f"Unproven, because a gate failed: {', '.join(unproven)}. Their figures are records, not results.")
    if not run.missed:
        found.append(
            "No principle was left out in a run of its own: the table of principles counts what each was drawn for, "
            "not what the model would do without it (solon ablate)."
        )
    if set_aside := sum(one.quarantined for one in run.files):
        found.append(f"{set_aside:,} rows of the given files could not be used and trained nothing (quarantine.jsonl).")
    commits = {stage.manifest.machine.commit for stage in run.stages}
    if len(commits) > 1:
        found.append("The stages were made by different versions of the code: see the table of lineage.")
    if any(stage.manifest.machine.dirty for stage in run.stages):
        found.append("Some stages were made by code with uncommitted changes: the commit alone does not give it back.")
    return found


def _measured(stage: StageView, name: str) -> bool:
    return name in stage.metrics and stage.metrics[name].value is not None
