"""The command line: every command parses, calls one function, and tells where the result is.

`main` turns our own errors into `error: ...` and exit status 1. Nothing heavy is imported before a command needs it.
"""

from __future__ import annotations

import errno
import sys
from collections.abc import Sequence

import typer

from solon.commands import (
    attribution,
    chat,
    compare,
    constitution,
    constitution_diff,
    constitution_make,
    cost,
    data,
    data_show,
    deliberate,
    distill,
    evaluate,
    export,
    findings,
    judge,
    judge_audit,
    judge_principles,
    judge_rules,
    labellers,
    models,
    people,
    plan,
    redteam,
    redteam_rates,
    redteam_talk,
    redteam_wrap,
    refusals,
    report,
    runs,
    serve,
    steps,
    train,
    train_preference,
    train_rl,
)
from solon.errors import SolonError

app = typer.Typer(
    help="A constitution in, an aligned model out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for part in (
    runs.app, attribution.app, plan.app, cost.app, steps.app, deliberate.app, distill.app, people.app, labellers.app,
    compare.app, chat.app, export.app, serve.app, refusals.app, report.app,
):  # fmt: skip
    app.add_typer(part)
app.add_typer(judge.app, name="judge")
app.add_typer(redteam.app, name="redteam")
app.add_typer(train.app, name="train")
app.add_typer(data.app, name="data")
app.add_typer(constitution.app, name="constitution")
app.add_typer(models.app, name="models")
app.add_typer(findings.app, name="findings", help="Published findings, run again on the embedded world.")
steps.app.command("eval")(evaluate.evaluate)
models.app.command()(data_show.doctor)
constitution.app.command("import")(constitution_make.import_constitution)
constitution.app.command()(constitution_make.new)
constitution.app.command()(constitution_diff.diff)
judge.app.command()(judge_audit.audit)
for added in (redteam_wrap.wrap, redteam_rates.rates, redteam_talk.talk):
    redteam.app.command()(added)
judge.app.add_typer(judge_rules.app, name="rules")
judge_rules.app.command()(judge_principles.probe)
judge_rules.app.command()(judge_principles.sample)
for command in (train_preference.dpo, train_rl.ppo, train_rl.grpo, train_rl.rloo):
    train.app.command()(command)

INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave the process with its status."""
    sys.exit(status(arguments))


def status(arguments: Sequence[str] | None = None) -> int:
    """Run the command line: 0 done, 1 an error that was told, 2 wrong usage, 130 interrupted."""
    code: int | str | None = 0
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        typer.main.get_command(app).main(given, prog_name="solon")
    except SystemExit as leaving:  # typer always leaves like this; of wrong usage it has told
        code = leaving.code
    except KeyboardInterrupt:
        code = INTERRUPTED
    except SolonError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        return 1
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        place = f"{error.filename}: " if error.filename else ""
        told = f"error: {place}the disk is full. Free some space; the same command goes on where it stopped."
        print(told, file=sys.stderr)
        return 1
    if code == INTERRUPTED:
        print("\nstopped; the same command goes on where it stopped", file=sys.stderr)
    return code if isinstance(code, int) else 0
