"""drift: what records have that their contract does not say, and the change of the contract that would take it in."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.markup import escape

from include.contracts import Contract, load_contracts
from include.contracts.proposal import Seen, proposal
from include.drift import DRIFT, is_open, seen_of
from local import client
from local.commands.produce import chosen_feeds
from local.commands.shown import out, table


def drift(
    feed: Annotated[str, typer.Argument(help="A feed, or [bold]all[/].")] = "all",
) -> None:
    """Show fields that a contract does not name and values of another type than it says, and propose the change of the contract.

    Of the days that were built. Example: [bold]headwater drift[/], [bold]headwater drift metrics[/]
    """
    lake, contracts = client.lake(), load_contracts()
    found = {name: seen_of(DRIFT.read(lake, name)) for name in chosen_feeds(feed)}
    if not any(found.values()):
        out.print("no drift in the days that were built: every field is as its contract says")
        return
    shown = table("feed", "field", "seen", "expected", ">records", "since", "such as", "today's contract")
    for name, of_feed in found.items():
        for seen in of_feed:
            shown.add_row(*(escape(text) for text in (name, *_row(seen, contracts[name]))))
    out.print(shown)
    for name, of_feed in found.items():
        still = [seen for seen in of_feed if is_open(seen, contracts[name])]
        if still:
            out.print(
                f"\n# {name}: apply with `patch -p1` in the folder of the contracts, after a look at each description", highlight=False
            )
            out.print(escape(proposal(contracts[name].path, still)), highlight=False, soft_wrap=True)


def _row(seen: Seen, contract: Contract) -> tuple[str, ...]:
    stands = "does not say so" if is_open(seen, contract) else "has it: build those days again"
    return (
        seen.field,
        ", ".join(seen.types),
        seen.expected or "",
        str(seen.rows),
        f"{seen.first_seen:%Y-%m-%d}",
        seen.sample or "",
        stands,
    )
