"""The command line `headwater`."""

from __future__ import annotations

import os

import typer

from local.commands import data, produce, stack, stream
from local.commands.drift import drift
from local.commands.drill import drill
from local.commands.lag import lag
from local.commands.ledger import ledger
from local.commands.rebuild import rebuild
from local.commands.replay import replay
from local.commands.run import run
from local.commands.settings import show_settings
from local.commands.shell import shell
from local.commands.shown import Commands
from local.proxies import without_proxy_here
from local.settings_file import given_in_file

app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Headwater on this machine: Kafka in, Delta tables on S3 out, Airflow in charge. Settings: docs/settings.md.",
)


@app.callback()
def prepare() -> None:
    os.environ |= given_in_file(os.environ)
    os.environ |= without_proxy_here(os.environ)


for name, command in (("up", stack.up), ("down", stack.down), ("clean", stack.clean), ("status", stack.show_status), ("logs", stack.logs)):
    app.command(name, rich_help_panel="The stack")(command)
# Options that follow are Airflow's.
app.command(
    "airflow",
    rich_help_panel="The stack",
    context_settings={"ignore_unknown_options": True, "allow_extra_args": True, "help_option_names": []},
)(stack.airflow)
for name, command in (
    ("produce", produce.produce),
    ("run", run),
    ("replay", replay),
    ("rebuild", rebuild),
    ("drift", drift),
    ("shell", shell),
    ("table", data.show_table),
    ("ledger", ledger),
    ("lag", lag),
    ("topics", data.topics),
    ("incidents", stream.incidents),
    ("mail", data.mail),
    ("env", data.env),
    ("settings", show_settings),
):
    app.command(name, rich_help_panel="What flows")(command)
app.add_typer(stream.app, name="stream", rich_help_panel="What flows")
app.command("drill", rich_help_panel="Proofs")(drill)
