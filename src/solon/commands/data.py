"""`solon data`: what one does with files before anything trains on them."""

from __future__ import annotations

import typer

from solon.commands.data_doctor import check, filter, stats
from solon.commands.data_files import convert
from solon.commands.data_make import knowledge, self_instruct
from solon.commands.data_mix import mix
from solon.commands.data_show import show

app = typer.Typer(no_args_is_help=True, help="Check, show, convert, filter, mix and make data.")
for command in (check, show, stats, convert, filter, mix, self_instruct, knowledge):
    app.command()(command)
