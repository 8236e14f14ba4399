"""stream resume and incidents: what only a person can decide about a stream, and what it told of."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from getpass import getuser
from typing import Annotated, Literal

import typer

from include.contracts import load_contracts
from include.errors import SettingsError
from include.incidents import acknowledge_incident, close_incident, mute_incident, open_incidents, unmute_incident
from include.incidents import incidents as every_incident
from include.settings import LakeSettings
from local import client
from local.commands.produce import chosen_feeds
from local.commands.shown import tell

app = typer.Typer(no_args_is_help=True, help="What a person decides about a stream.")


@app.command()
def resume(
    feed: Annotated[str, typer.Argument(help="The feed whose table has lost its offsets.")],
    choice: Annotated[
        Literal["rows", "earliest", "latest"],
        typer.Option("--from", help="Go on after the table's last rows, at Kafka's first record, or at its end."),
    ],
    yes: Annotated[bool, typer.Option("--yes", help="Do it; without this, only say what it comes to.")] = False,
) -> None:
    """Choose where a feed reads on when its table's rows and offsets do not go together. Only while no driver of its group runs.

    Example: [bold]headwater stream resume clicks --from rows[/], and, to do it, [bold]headwater stream resume clicks --from rows --yes[/]
    """
    from include.streams.groups import stream_groups
    from jobs.stream.ownership import take_group
    from jobs.stream.resume import resumption

    (name,) = chosen_feeds(feed, every=False)
    environment = client.running()
    lake, kafka, contracts = client.lake(environment), client.kafka(environment), load_contracts()
    group = next(each for each, of_group in stream_groups(contracts, environment).items() if contracts[name] in of_group)
    if not yes:
        tell(str(resumption(lake, kafka, contracts[name], choice)))
        tell("Nothing was changed: add --yes to do it.")
        return
    lease = take_group(group, contracts, lake)
    try:
        resumed = resumption(lake, kafka, contracts[name], choice)
        resumed.carry_out(lake, lease)
    finally:
        lease.release()
    tell(str(resumed))
    tell(f"Done. Let the group {group} run again: DAG `streams`, action start.")


def incidents(
    close: Annotated[str, typer.Option(metavar="ID", help="Close this one: it is dealt with.")] = "",
    acknowledge: Annotated[str, typer.Option(metavar="ID", help="Somebody is at it: no more reminders.")] = "",
    mute: Annotated[str, typer.Option(metavar="ID", help="No mail of it for a time.")] = "",
    unmute: Annotated[str, typer.Option(metavar="ID", help="Mails of this one again.")] = "",
    hours: Annotated[float, typer.Option(min=0.1, max=24 * 30, help="With --mute: for how long.")] = 4.0,
) -> None:
    """List the incidents that are open, oldest first; close, acknowledge, mute or unmute one.

    Example: [bold]headwater incidents[/], [bold]headwater incidents --close offsets-lost/clicks[/],
    [bold]headwater incidents --mute lag/all --hours 8[/]
    """
    lake = client.lake()
    if close:
        _require(lake, "--close", close, close_incident(lake, close))
    if acknowledge:
        _require(lake, "--acknowledge", acknowledge, acknowledge_incident(lake, acknowledge, getuser()))
    if mute:
        _require(lake, "--mute", mute, mute_incident(lake, mute, datetime.now(UTC) + timedelta(hours=hours)))
    if unmute and not unmute_incident(lake, unmute):
        muted = sorted({each.incident_id for each in every_incident(lake) if each.is_muted(datetime.now(UTC))})
        raise SettingsError("it is not muted", where="--unmute", value=unmute, fix=f"muted: {', '.join(muted) or 'none'}")
    found = open_incidents(lake)
    for incident in found:
        by = f"  acknowledged by {incident.acknowledged_by}" if incident.acknowledged_by else ""
        until = f"  muted until {incident.muted_until:%Y-%m-%d %H:%M} UTC" if incident.is_muted(datetime.now(UTC)) else ""
        tell(f"{incident.opened_at:%Y-%m-%d %H:%M:%S} UTC  {incident.severity}  {incident.incident_id}{by}{until}")
        tell(f"  what  {incident.where}: {incident.what}\n  fix   {incident.fix}")
    tell(f"{len(found)} open" if found else "no open incident")


def _require(lake: LakeSettings, option: str, incident_id: str, done: bool) -> None:
    if not done:
        known = ", ".join(incident.incident_id for incident in open_incidents(lake)) or "none"
        raise SettingsError("no such incident is open", where=option, value=incident_id, fix=f"open: {known}")
