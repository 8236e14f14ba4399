"""How fast the page is with a month of data, beside a page of Airflow's own: `python -m benchmarks.page`.

Nine window tables of 31 days in gold, as many rows as five zones, five lines, five coins and so on give, on a MinIO and an Airflow of
its own. In Chromium, going from view to view as a click does: until a view can be used (its title and choices are there), and until all
that it shows is drawn. The baseline is Airflow's list of DAGs, reached in the same way in the same session. Ends with 1 where a view is
not usable within a second.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path

import numpy as np
import pyarrow as pa
from deltalake import write_deltalake
from playwright.sync_api import Page
from rich.console import Console
from rich.table import Table

from benchmarks.browser import chromium, log_in
from include.catalog import LIVE
from include.settings import LakeSettings
from include.table_creation import create_by_day
from jobs.common.windows import window_table
from jobs.stream.fold import Fold
from local.machine import machine
from local.private_stack import PrivateStack, private_stack

DAYS, VALUES, LIMIT_SECONDS = 31, 5, 1.0
RESULTS = Path(__file__).parent / "results"
VIEWS = ("smart_city", "crypto", "commerce", "clickstream", "planets")
BASELINE = "Airflow's list of DAGs"
# Both times in seconds since the click; drawn: nothing is loading, and each chart that is there is drawn, two frames in a row.
_GO = """([to, usable]) => new Promise((done) => {
  const began = performance.now(); let at, calm = 0;
  history.pushState({}, "", to); dispatchEvent(new PopStateEvent("popstate"));
  const look = () => {
    const seconds = (performance.now() - began) / 1000;
    if (!at && document.querySelector(usable)) at = seconds;
    const undrawn = [...document.querySelectorAll("[data-chart]")].some((each) => each.dataset.state !== "drawn");
    const busy = undrawn || document.querySelector("[data-state=loading]");
    calm = at && !busy ? calm + 1 : 0;
    if (calm > 2 || seconds > 60) done([at ?? null, seconds]); else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})"""


def fill(lake: LakeSettings, today: datetime) -> int:
    """Gold of the month before today, of every window table; rows."""
    rows = 0
    for name in LIVE:
        month = _month(name, today)
        create_by_day(lake, f"gold.{name}", month.schema)
        write_deltalake(
            lake.table_uri(f"gold.{name}"), month, mode="append", storage_options=lake.delta_options(), partition_by=["event_date"]
        )
        rows += month.num_rows
    return rows


def _month(name: str, today: datetime) -> pa.Table:
    table, random = window_table(name), np.random.default_rng(7)
    schema = pa.schema([field for field in Fold(table).schema if not field.name.startswith("_")])
    width, first = timedelta(minutes=table.minutes), today - timedelta(days=DAYS)
    starts = [first + place * width for place in range(int(timedelta(days=DAYS) / width))]
    keys = list(product(*([f"{key}-{number}" for number in range(VALUES)] for key in table.keys)))
    many = len(starts) * len(keys)
    at = pa.array(np.repeat(np.arange(len(starts)), len(keys)))
    times = {"window_start": starts, "window_end": [each + width for each in starts], "event_date": [each.date() for each in starts]}
    columns = {each: pa.array(values).take(at) for each, values in times.items()}
    for place, key in enumerate(table.keys):
        texts = pa.array([values[place] for values in keys] * len(starts))
        of_key = schema.field(key).type
        columns[key] = texts if pa.types.is_string(of_key) else pa.array(np.tile([int(each[place][-1]) for each in keys], len(starts)))
    for field in schema:
        if field.name not in columns:
            numbers = pa.array(np.round(random.uniform(1, 100, many), 2))
            columns[field.name] = pa.array(["red"] * many) if pa.types.is_string(field.type) else numbers.cast(field.type, safe=False)
    return pa.table([columns[field.name].cast(field.type) for field in schema], schema)


def views(given: PrivateStack, repeats: int) -> Iterator[tuple[str, list[list[float]]]]:
    """Each view, and of each of its visits how long it took until it could be used, and until all was drawn."""
    access = given.stack.client_environment()
    with chromium() as browser:
        page = browser.new_context(viewport={"width": 1400, "height": 900}, base_url=access["AIRFLOW_URL"]).new_page()
        page.set_default_timeout(120_000)
        log_in(page, access)
        yield BASELINE, [_visit(page, "/dags", "a[href$='/dags/daily_commerce']") for _ in range(repeats)]
        yield "Overview", [_visit(page, "/plugin/headwater", "[data-page=overview] h1") for _ in range(repeats)]
        yield "Tables", [_visit(page, "/plugin/headwater/tables", "[data-page=tables] select[name=layer]") for _ in range(repeats)]
        for name in VIEWS:
            usable = f"[data-page={name}] select[name=hours]"
            yield f"{name}, 30 days", [_visit(page, f"/plugin/headwater/{name}?hours=720", usable) for _ in range(repeats)]


def _visit(page: Page, path: str, usable: str) -> list[float]:
    page.evaluate(_GO, ["/plugin/headwater/feeds", "[data-page=feeds] h1"])
    return page.evaluate(_GO, [path, usable])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=7, help="visits of each view; the first one is told apart")
    asked = parser.parse_args()
    console = Console()
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    with private_stack(console, "page", ("minio", "airflow")) as given:
        console.print(f"{fill(given.lake(), today):,} rows in {len(LIVE)} tables")
        found = {}
        for name, visits in views(given, asked.repeats):
            usable, drawn = ([visit[place] for visit in visits] for place in (0, 1))
            found[name] = {"first": visits[0], "usable": statistics.median(usable[1:]), "drawn": statistics.median(drawn[1:])}
            console.print(f"{name}: {found[name]}")
    table = Table("view", "first time: usable, s", "drawn, s", "again: usable, s", "drawn, s", f"usable : {BASELINE}")
    for name, each in found.items():
        times = [*each["first"], each["usable"], each["drawn"], each["usable"] / found[BASELINE]["usable"]]
        table.add_row(name, *(f"{time:.2f}" for time in times))
    console.print(table)
    file = RESULTS / f"{datetime.now(UTC):%Y-%m-%d}-page.json"
    file.write_text(json.dumps({"machine": machine(), "views": found}, indent=1) + "\n")
    slow = [name for name, each in found.items() if name != BASELINE and max(each["first"][0], each["usable"]) > LIMIT_SECONDS]
    console.print(
        f"not usable within {LIMIT_SECONDS:g} s: {', '.join(slow)}" if slow else f"every view is usable within {LIMIT_SECONDS:g} s"
    )
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
