"""run: the DAGs by name, followed to their end, and a one-off drain of the topics."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from include.errors import SettingsError
from local import client, pipelines
from local.airflow_api import AirflowApi
from local.commands.shown import say, tell
from local.dag_runs import DagRuns
from local.errors import AirflowFailed
from local.following import Following
from local.settings import LocalSettings
from local.stack import Stack


def run(
    name: Annotated[str, typer.Argument(help="A system, [bold]all[/], [bold]train[/], a gold table, a DAG, or [bold]stream[/].")],
    day: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="The UTC day to build, else yesterday. Past days that new rows touched are built as well."),
    ] = None,
    conf: Annotated[list[str] | None, typer.Option(metavar="KEY=VALUE", help="A field of the DAG's form; may be repeated.")] = None,
    available_now: Annotated[bool, typer.Option("--available-now", help="With stream: bring in what Kafka has now, and end.")] = False,
    group: Annotated[str, typer.Option(help="With stream: this stream group alone.")] = "",
) -> None:
    """Trigger DAGs by name and follow them to their end; exit code 1, with the failing task's log, unless they succeed. Ctrl-C ends the
    following, not the run.

    Example: [bold]headwater run commerce --day 2026-03-01[/], [bold]headwater run all[/], [bold]headwater run train --conf seed=7[/],
    [bold]headwater run product_sales --day 2026-03-01[/], [bold]headwater run stream --available-now[/]
    """
    if name == pipelines.STREAM:
        if day or conf or not available_now:
            fix = "add --available-now, and no --day or --conf; DAG `streams` keeps the drivers that go on"
            raise SettingsError("a stream is run once, over what is there", where="headwater run stream", fix=fix)
        _drain(group)
        return
    if available_now or group:
        raise SettingsError("this is for `stream` alone", where="--available-now, --group", value=name, fix="leave it out")
    runs = airflow_runs()
    dags = pipelines.dags_for(name, runs.names())
    if pipelines.builder_of(name) == dags[0]:
        tell(f"{name} is built by {dags[0]}, with all that this DAG builds")
    confs = {dag: pipelines.conf_for(dag, runs.form(dag), day.date() if day else None, conf or ()) for dag in dags}
    asked = {dag: runs.trigger(dag, of_dag) for dag, of_dag in confs.items()}
    failed = [dag for dag, run_id in asked.items() if not succeeds(runs, dag, run_id)]
    if failed:
        raise typer.Exit(1)


def airflow_runs() -> DagRuns:
    """The DAGs of the Airflow that runs here; SettingsError where none does."""
    settings = LocalSettings.from_environment()
    environment = client.running(settings)
    client.require(settings, settings.ports.airflow, "Airflow")
    return DagRuns(AirflowApi.from_environment(environment), settings.logs)


def succeeds(runs: DagRuns, dag: str, run_id: str) -> bool:
    """Whether the run succeeds; says how it goes."""
    tell(f"{dag}  {runs.api.url}/dags/{dag}/runs/{run_id}")
    try:
        Following(runs, dag, run_id, tell).to_its_end()
    except AirflowFailed as error:
        say(error)
        return False
    except KeyboardInterrupt:
        tell(f"no longer followed; {dag} goes on in Airflow")
        raise typer.Exit(130) from None
    tell(f"{dag} succeeded")
    return True


def _drain(group: str) -> None:
    from include.contracts import load_contracts
    from include.streams.groups import stream_groups
    from local.draining import Drain

    client.running()
    stack = Stack.from_environment()
    environment = stack.client_environment()
    groups = stream_groups(load_contracts(), environment)
    if group and group not in groups:
        raise SettingsError("no such stream group", where="--group", value=group, fix=f"known: {', '.join(groups)}")
    for name in [group] if group else groups:
        Drain(name, groups[name], environment, stack.settings.logs, tell).run()
