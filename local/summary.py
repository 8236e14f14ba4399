"""The last words of `up`: where Airflow is and how to get in, which tables there are, and what to try next."""

from __future__ import annotations

from rich.console import Console

from local import client
from local.commands.data import listing
from local.stack import Stack

_NEXT = (
    ("headwater produce all --rate 20", "send records, twenty a second to each feed, until Ctrl-C"),
    ("headwater table gold.product_sales", "rows of a table, without Spark"),
    ("headwater run all", "the daily batch of every system, of yesterday, followed to its end"),
    ("headwater shell", "Python with Spark on this stack, and a view of every table"),
    ("headwater airflow dags list", "Airflow's own command line; others: dags trigger, backfill create"),
    ("headwater status", "parts, streams, and each feed's rows and lag"),
    ("headwater mail", "what Airflow had to complain about"),
    ("make down", "stop everything; the data stays"),
)


def summary(stack: Stack, console: Console) -> None:
    access = stack.credentials.client_environment(stack.settings)
    console.print("", listing(client.lake(access)), "", sep="\n")
    console.print(
        f"Airflow   {access['AIRFLOW_URL']}  user {access['AIRFLOW_USERNAME']}  password {access['AIRFLOW_PASSWORD']}",
        f"Page      {access['AIRFLOW_URL']}/plugin/headwater",
        sep="\n",
        soft_wrap=True,
        highlight=False,
    )
    console.print(f"Clients   set -a; . {stack.settings.env_file}; set +a", soft_wrap=True, highlight=False)
    console.print("Next      (.venv/bin is where `headwater` is)", highlight=False)
    for command, what in _NEXT:
        console.print(f"  {command:<38} {what}", highlight=False, soft_wrap=True)
