"""What a run looks like in a terminal: one moving line for the work at hand, and lines that stay. All on stderr."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

SHOWN = ("loss", "held_out_loss", "reward", "true_score", "kl", "accuracy", "changed", "truncated")
"""The figures shown beside a bar, in this order; all of them are in the stage's metrics.jsonl."""


class _Rate(ProgressColumn):
    """Units of work per second."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text(f"{speed:.1f}/s" if speed else "", style="dim")


class TerminalProgress:
    """A `Progress` on a terminal; where stderr is no terminal, one line for each finished piece of work."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(stderr=True, highlight=False)
        self._bars = Progress(
            TextColumn("  {task.description}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            _Rate(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[figures]}", style="dim"),
            console=self._console,
            transient=True,
            disable=not self._console.is_terminal,
        )
        self._what, self._total = "", 0
        self._reported = True

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.stop()

    def start(self, what: str, total: int) -> None:
        """Show a new bar in place of the last one."""
        for task in self._bars.task_ids:
            self._bars.remove_task(task)
        self._bars.add_task(what, total=total, figures="")
        self._what, self._total, self._reported = what, total, False

    def advance(self, done: int, figures: Mapping[str, float]) -> None:
        """Move the bar and show the latest figures."""
        shown = "  ".join(f"{name} {figures[name]:.3g}" for name in SHOWN if name in figures)
        for task in self._bars.task_ids:
            self._bars.update(task, completed=done, figures=shown)
        if done >= self._total and not self._reported:
            self._reported = True
            self._console.print(Text(f"  {self._what}: {done}  {shown}".rstrip(), style="dim"), soft_wrap=True)

    def say(self, line: str) -> None:
        """Print a line that stays. Text that models wrote is printed as it is, never as markup."""
        self._console.print(Text(line), soft_wrap=True)
