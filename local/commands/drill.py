"""drill: faults injected under load, on a private stack, and what they cost."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from include.errors import HeadwaterError, SettingsError
from local.commands.shown import err, out, plain, say, table, tell

if TYPE_CHECKING:
    from drills.drill import Drill


def drill(
    name: Annotated[str, typer.Argument(help="One drill, as --list names it.")] = "",
    every: Annotated[bool, typer.Option("--all", help="All drills, one after the other.")] = False,
    short: Annotated[bool, typer.Option("--short", help="Few rounds and short faults.")] = False,
    seed: Annotated[int | None, typer.Option(min=0, help="Of the random instants and faults; without it a new one, which is told.")] = None,
    rounds: Annotated[int | None, typer.Option(min=1, help="How often the fault is injected.")] = None,
    writer: Annotated[str, typer.Option(help="Who commits: driver or executors.")] = "driver",
    listed: Annotated[bool, typer.Option("--list", help="Name the drills, and how long each took.")] = False,
    report: Annotated[bool, typer.Option("--report", help="Write docs/reliability.md from the results.")] = False,
) -> None:
    """Break something of a private stack under load, and count: is every acknowledged record in bronze, once? Exit code 1 when one is lost
    or doubled, or when it takes too long. The developer's own stack is not touched.

    Example: [bold]headwater drill --list[/], [bold]headwater drill kill-driver --rounds 5[/], [bold]headwater drill --all --short[/]
    """
    from drills.registry import DRILLS, find
    from drills.report import read_results, write_report

    if writer not in ("driver", "executors"):
        raise SettingsError("no such writer", where="--writer", value=writer, fix="driver or executors")
    if listed:
        out.print(_listed(DRILLS.values(), {found["name"]: found for found in read_results()}))
        tell("It took: the run in drills/results, from the start of its stack to the verdict; – where nobody has measured it.")
    elif name or every:
        chosen = [find(name)] if name else list(DRILLS.values())
        failed = [each.name for each in chosen if not _passes(each, seed, rounds, short, writer)]
        if failed:
            raise typer.Exit(1)
    elif not report:
        raise SettingsError("which drill?", where="headwater drill", fix=f"a name, --all, --list or --report; known: {', '.join(DRILLS)}")
    if report:
        out.print(str(write_report()), highlight=False, soft_wrap=True)


def _listed(drills: Iterable[Drill], results: Mapping[str, Mapping[str, Any]]) -> Table:
    shown = table("drill", ">rounds", ">it took", ">limit of a recovery, s", "what is done")
    for each in drills:
        shown.add_row(each.name, str(each.rounds), _took(results.get(each.name, {})), f"{each.limit_seconds:.0f}", plain(each.summary))
    return shown


def _took(result: Mapping[str, Any]) -> str:
    seconds = result.get("took_seconds")
    return "–" if seconds is None else f"{seconds // 60} min {seconds % 60:02} s{', short' if result['short'] else ''}"


def _passes(drill: Drill, seed: int | None, rounds: int | None, short: bool, writer: str) -> bool:
    """Runs it, keeps its result and prints its line last; one that cannot be run here is no failure."""
    from drills.drill import Skipped
    from drills.results import write
    from drills.run import run_drill

    try:
        result = run_drill(drill, err, seed=secrets.randbelow(10**6) if seed is None else seed, rounds=rounds, short=short, writer=writer)
    except Skipped as reason:
        out.print(f"{drill.name}: skipped, {reason}", highlight=False, markup=False, soft_wrap=True)
        return True
    except HeadwaterError as error:
        say(error)
        out.print(f"{drill.name}: could not be run", highlight=False, markup=False)
        return False
    for trouble in result.troubles:
        err.print(f"  {trouble}", highlight=False, markup=False, soft_wrap=True)
    write(result)
    out.print(str(result), highlight=False, markup=False, soft_wrap=True)
    return result.passed
