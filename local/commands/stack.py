"""up, down, clean, status and logs: the stack as a whole."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from include.contracts import load_contracts
from include.declared_settings import read
from include.errors import HeadwaterError, SettingsError
from include.incidents import open_incidents
from local import client, envfile, status
from local.commands.shown import colourless, err, out, plain, say, table
from local.down import clean as remove
from local.down import down as take_down
from local.launch import last_lines
from local.live_status import live_statuses
from local.parts import airflow as airflow_part
from local.plan import PARTS_OF, TASKS
from local.progress import Progress
from local.settings import DemoSettings, LocalSettings
from local.stack import Stack
from local.summary import summary
from local.up import up as bring_up

NOT_ALL_UP = 3


def up(
    only: Annotated[str, typer.Option(metavar="PARTS", help=f"Only these parts, separated by commas: {', '.join(TASKS)}.")] = "",
    demo: Annotated[
        bool | None, typer.Option("--demo/--no-demo", help="Send demo data when there are no records yet; DEMO=0 is --no-demo.")
    ] = None,
) -> None:
    """Start the stack, or what is missing of it.

    Example: [bold]headwater up[/], [bold]headwater up --no-demo[/], [bold]headwater up --only kafka,minio[/]
    """
    names = chosen_parts(only) or list(TASKS)
    demo = read(DemoSettings, os.environ).send if demo is None else demo
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    stack = Stack.from_environment()
    began = time.monotonic()
    try:
        with Progress(out) as progress:
            bring_up(stack, progress, only=names, demo=demo)
    except KeyboardInterrupt:
        err.print("interrupted; what this call had started is stopped again")
        raise typer.Exit(130) from None
    out.print(f"Up after {time.monotonic() - began:.0f} s.", highlight=False)
    if len(names) == len(TASKS):
        summary(stack, out)


def chosen_parts(only: str) -> list[str]:
    """The names in a list with commas; SettingsError for one that is no part's."""
    names = [name.strip() for name in only.split(",") if name.strip()]
    if unknown := [name for name in names if name not in TASKS]:
        raise SettingsError("no such part", where="--only", value=", ".join(unknown), fix=f"known: {', '.join(TASKS)}")
    return names


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    """Ends `up` once: a second signal must not cut short the taking back."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def down(
    only: Annotated[str, typer.Option(metavar="PARTS", help=f"Only these parts, separated by commas: {', '.join(TASKS)}.")] = "",
) -> None:
    """Stop exactly what runs of the stack. The data stays, and streams go on where they were with the next up.

    Example: [bold]headwater down[/], [bold]headwater down --only kafka[/] (with [bold]headwater up --only kafka[/], a restart)
    """
    chosen = [part for name in chosen_parts(only) for part in PARTS_OF[name]] if only else None
    with Progress(out) as progress:
        take_down(Stack.from_environment(), progress, only=chosen)
    out.print("Down. The data stays; `make clean` removes it.", highlight=False)


def clean() -> None:
    """Stop the stack and remove its data, logs and credentials.

    Example: [bold]headwater clean[/]
    """
    with Progress(out) as progress:
        remove(Stack.from_environment(), progress)
    out.print("Clean. The shared cache of downloads stays.", highlight=False)


def show_status() -> None:
    """Each part: up or not, pid, address; each stream group; each feed: rows in bronze, lag, newest event; each live table: rows, how far
    behind bronze, newest window; incidents. Exit code 3 unless all are up.

    Example: [bold]headwater status[/]
    """
    settings = LocalSettings.from_environment()
    parts = status.part_statuses(settings)
    shown = table("part", "state", ">pid", "address")
    for part in parts:
        color = {"up": "green", "down": "dim"}.get(part.state, "red")
        shown.add_row(part.name, f"[{color}]{part.state}[/]", str(part.pid or ""), part.address)
    out.print(shown)
    up_names = {part.name for part in parts if part.state == "up"}
    if {"kafka", "minio"} <= up_names and envfile.read(settings.env_file):
        _show_flow(settings)
    if len(up_names) < len(parts):
        raise typer.Exit(NOT_ALL_UP)


def _show_flow(settings: LocalSettings) -> None:
    environment = client.environment(settings)
    lake = client.lake(environment)
    try:
        groups = table("stream group", "asked for", "is", ">pid", ">records/s", "last error")
        for group in status.group_statuses(settings, lake, environment):
            rate = "" if group.rows_per_second is None else f"{group.rows_per_second:.1f}"
            groups.add_row(group.group, group.desired, group.actual, str(group.pid or ""), rate, plain(group.last_error or ""))
        feeds = table("feed", ">bronze rows", ">lag", "newest event (UTC)", "")
        for feed in status.feed_statuses(client.kafka(environment), lake):
            rows, lag = ("?" if number is None else str(number) for number in (feed.rows, feed.lag))
            feeds.add_row(feed.feed, rows, lag, f"{feed.newest:%Y-%m-%d %H:%M:%S}" if feed.newest else "", plain(feed.problem))
        live = table("live table", ">rows", ">behind bronze", "newest window or alert (UTC)")
        for each in live_statuses(client.kafka(environment), lake, load_contracts().feeds.values()):
            behind = "no table yet" if each.behind is None else str(each.behind)
            live.add_row(each.name, str(each.rows), behind, f"{each.newest:%Y-%m-%d %H:%M:%S}" if each.newest else "")
        out.print("", groups, "", feeds, "", live, sep="\n")
        if opened := open_incidents(lake):
            out.print("", *(f"[red]incident[/] {plain(f'{each.where}: {each.what}')}" for each in opened), sep="\n", soft_wrap=True)
            out.print("`headwater incidents` says what to do about them.", highlight=False)
    except HeadwaterError as error:
        say(error)


def airflow(context: typer.Context) -> None:
    """Airflow's own command line, on this stack: all that follows is Airflow's, the --help of its commands too.

    Example: [bold]headwater airflow dags list[/],
    [bold]headwater airflow backfill create --dag-id daily_commerce --from-date 2026-03-01 --to-date 2026-03-07[/]
    """
    if context.args in ([], ["-h"], ["--help"]):
        typer.echo(context.get_help())
        return
    stack = Stack.from_environment()
    client.running(stack.settings)
    os.execve(sys.executable, [sys.executable, "-m", "airflow", *context.args], airflow_part.environment(stack))


def logs(
    part: Annotated[str, typer.Argument(help="A part, as `headwater status` names it, or `stream-<group>`.")],
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on as the log grows, until Ctrl-C.")] = False,
    lines: Annotated[int, typer.Option("--lines", "-n", min=1, help="How many of the last lines.")] = 50,
) -> None:
    """Show the end of a part's log.

    Example: [bold]headwater logs kafka[/], [bold]headwater logs airflow-scheduler --follow[/], [bold]headwater logs stream-all -n 200[/]
    """
    directory = LocalSettings.from_environment().logs
    log = directory / f"{part}.log"
    if not log.exists():
        known = sorted({*(path.stem for path in directory.glob("*.log"))})
        raise SettingsError("there is no such log", where=str(log), value=part, fix=f"known: {', '.join(known) or 'none yet'}")
    typer.echo(colourless(last_lines(log, count=lines, indent="")))
    if follow:
        _follow(log)


def _follow(log: Path) -> None:
    with log.open(errors="replace") as file:
        file.seek(0, 2)
        try:
            while True:
                if text := file.read():
                    typer.echo(colourless(text), nl=False)
                elif log.stat().st_size < file.tell():  # it was emptied, as it had grown large
                    file.seek(0)
                else:
                    time.sleep(0.3)
        except KeyboardInterrupt:
            return
