"""shell: Spark on the running stack, with every table at hand."""

from __future__ import annotations

import code
import os
import sys
from contextlib import suppress
from typing import Annotated, Any

import typer

from include.words import visible
from local import client, tables
from local.commands.shown import err
from local.settings import LocalSettings


def shell(
    command: Annotated[str, typer.Option("--command", "-c", help="Run this Python and end, with exit code 1 where it fails.")] = "",
) -> None:
    """Python with `spark`, a session of the running stack, and a view of every table, named by its address: gold.product_sales.
    Reads what is piped to it as a program.

    Example: [bold]headwater shell[/],
    [bold]headwater shell -c 'spark.sql("SELECT * FROM gold.product_sales").show()'[/], [bold]headwater shell < report.py[/]
    """
    settings = LocalSettings.from_environment()
    environment = client.running(settings)
    client.require(settings, settings.ports.spark_connect, "Spark Connect")
    os.environ.update(environment)
    from pyspark.errors import PySparkException
    from pyspark.sql import functions

    from local.shell import banner, connect, make_views, message

    lake = client.lake(environment)
    rows = tables.rows(lake)
    spark = connect(environment["SPARK_REMOTE"])
    names: dict[str, Any] = {"__name__": "__main__", "spark": spark, "F": functions}
    try:
        troubles = make_views(spark, lake, rows)
        if command or not sys.stdin.isatty():
            for address, trouble in troubles.items():
                err.print(f"{address} cannot be read: {trouble}", markup=False, highlight=False)
            exec(compile(command or sys.stdin.read(), "<command>" if command else "<stdin>", "exec"), names)
        else:
            _talk(banner(rows, troubles), names)
    except PySparkException as error:
        err.print(visible(message(error)), markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(1) from error
    finally:
        spark.stop()


def _talk(greeting: str, names: dict[str, Any]) -> None:
    with suppress(ImportError):  # a Python without it has no history and no completion, and works
        import readline
        import rlcompleter

        readline.set_completer(rlcompleter.Completer(names).complete)
        readline.parse_and_bind("tab: complete")
    code.interact(greeting, local=names, exitmsg="")
