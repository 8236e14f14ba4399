"""drift: what records have that their contract does not say, and the change of the contract that would take it in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import pyarrow as pa
import pyarrow.compute as pc
import typer

from include.contract_files import contracts_folder
from include.contracts import Contract, Contracts, load_contracts
from include.contracts.proposal import Seen, proposal
from include.drift import DRIFT, is_open, seen_of
from include.words import visible
from local import client
from local.commands.produce import chosen_feeds
from local.commands.shown import out, plain, table, tell


def drift(
    feed: Annotated[str, typer.Argument(help="A feed, or [bold]all[/].")] = "all",
    patch: Annotated[bool, typer.Option("--patch", help="The proposed change of the contracts alone, for the program patch.")] = False,
) -> None:
    """Show fields that a contract does not name and values of another type than it says, and propose the change of the contract.

    Of the days that were built. Example: [bold]headwater drift[/], [bold]headwater drift metrics[/],
    [bold]headwater drift metrics --patch | patch -p1 -d include/schemas[/]
    """
    lake, contracts = client.lake(), load_contracts()
    lines = {name: DRIFT.read(lake, name) for name in chosen_feeds(feed)}
    seen = {name: seen_of(of_feed) for name, of_feed in lines.items() if of_feed.num_rows}
    still = {name: [each for each in of_feed if is_open(each, contracts[name])] for name, of_feed in seen.items()}
    diffs = {name: proposal(contracts[name].path, of_feed) for name, of_feed in still.items() if of_feed}
    if patch:
        for diff in diffs.values():
            typer.echo(visible(diff))
    elif not seen:
        tell("no drift in the days that were built: every field is as its contract says")
    else:
        _show(seen, contracts)
        for name, diff in diffs.items():
            _propose(contracts[name], diff, lines[name])


def _show(seen: Mapping[str, list[Seen]], contracts: Contracts) -> None:
    shown = table("feed", "field", "its contract says", "records have", ">records", "the first came (UTC)", "such as", "what to do")
    for name, of_feed in seen.items():
        for each in of_feed:
            to_do = "see below" if is_open(each, contracts[name]) else "the contract has it now: build those days again"
            says = "no such field" if each.expected is None else each.expected
            cells = (name, each.field, says, " and ".join(each.types), f"{each.rows:,}", f"{each.first_seen:%Y-%m-%d %H:%M}")
            shown.add_row(*(plain(text) for text in (*cells, each.sample or "", to_do)))
    out.print(shown)


def _propose(contract: Contract, diff: str, lines: pa.Table) -> None:
    """The change, and how to make it one's own."""
    days = pc.min_max(lines["event_date"]).as_py()
    tell(f"\n{contract.feed}: proposed for {contract.path}, which is as it was. Lines with + would be added:\n")
    tell(diff)
    tell(f"\nIf {contract.feed} is to have this:")
    tell(f"  1. headwater drift {contract.feed} --patch | patch -p1 -d {contracts_folder()}")
    tell("  2. in that file say what each new field is, its unit and its bounds; what stands there as a comment is yours to decide")
    tell(f"  3. headwater rebuild {contract.system} --from {days['min']} --to {days['max']} --apply   fills it for the past, from bronze")
