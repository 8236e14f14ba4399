"""Many small commits through the stream's own way into a bronze table, without Spark: `python -m benchmarks.commits`.

A table that is committed to twice a second gets 170,000 commits a day. Nothing that a commit costs or leaves behind may grow
with their number. Ends with 1 when something does, or when a row is lost or doubled.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import psutil
from deltalake import DeltaTable
from rich.console import Console

from benchmarks.arrivals import Rows
from benchmarks.figures import Account, account
from benchmarks.flatness import Tenth, Verdict, verdicts
from benchmarks.report import RESULTS
from benchmarks.slices import PARTITIONS, Source
from include import objects
from include.contracts import Contract, load_contracts
from include.errors import HeadwaterError
from include.lease import acquire
from include.settings import LakeSettings
from jobs.stream import bronze, upkeep
from jobs.stream.feed import FeedStream
from local.machine import machine, versions
from local.private_stack import private_stack

FEED = "clicks"
MANY = 100_000
PACE_COMMITS = 60
LOOKS = 10  # a tenth
KEPT_SHARE = 20  # the log keeps this part of the run, so that clean-up has to do with most of it
CLEANS = 12  # within the time that the log keeps; as the product's ten minutes are of its two hours


@contextmanager
def feed_stream(contract: Contract, lake: LakeSettings, kept_seconds: int) -> Iterator[FeedStream]:
    """The feed's stream into a table like the product's, only that it keeps its past for so many seconds."""
    configuration = bronze.CONFIGURATION | {
        "delta.logRetentionDuration": f"interval {kept_seconds} seconds",
        "delta.deletedFileRetentionDuration": f"interval {kept_seconds * 3 // 2} seconds",
    }
    DeltaTable.create(
        lake.table_uri(contract.bronze),
        schema=bronze.SCHEMA,
        partition_by=["event_date"],
        configuration=configuration,
        storage_options=lake.delta_options(),
    )
    upkeep.CLEAN_EVERY_SECONDS = kept_seconds / CLEANS
    upkeep.FILES_KEPT_HOURS = 0  # it counts in hours, and the run is shorter than one
    lease = acquire(lake, "stream-benchmark")
    lease.keep()
    try:
        yield FeedStream.open(contract, "benchmark-topic", PARTITIONS, lake, lease)
    finally:
        lease.release()


def commit_once(feed: FeedStream, source: Source) -> float:
    """One commit; its seconds."""
    feed.offer(source.slices())
    started = time.perf_counter()
    feed.commit_pending()
    return time.perf_counter() - started


def look_after(care: upkeep.TableCare) -> float:
    """What the driver does beside its commits; its seconds."""
    started = time.perf_counter()
    care.look()
    return time.perf_counter() - started


def look(feed: FeedStream, tenth: Tenth) -> None:
    """Notes the levels now; none of it counts as the stream's own time."""
    lake, prefix = feed.handle.lake, feed.handle.lake.table_uri(feed.contract.bronze).removeprefix(f"s3://{feed.handle.lake.bucket}/") + "/"
    pages = objects.client(lake).get_paginator("list_objects_v2").paginate(Bucket=lake.bucket, Prefix=prefix)
    keys = [entry["Key"] for page in pages for entry in page.get("Contents", ())]
    in_log = sum(key.startswith(f"{prefix}_delta_log/") for key in keys)
    started = time.perf_counter()
    opened = DeltaTable(feed.handle.table.table_uri, storage_options=lake.delta_options())
    tenth.open_seconds.append(time.perf_counter() - started)
    tenth.saw(
        live_files=len(opened.file_uris()),
        log_objects=in_log,
        data_objects=len(keys) - in_log,
        memory_bytes=psutil.Process().memory_info().rss,
    )


def pace(contract: Contract, lake: LakeSettings) -> float:
    """Seconds a commit, here and now."""
    with feed_stream(contract, lake, kept_seconds=3600) as feed:
        source = Source(contract)
        committing = [commit_once(feed, source) for _ in range(PACE_COMMITS)]
        keeping = look_after(upkeep.TableCare(lake, contract.bronze))
    return float(np.median(committing)) + keeping / upkeep.LOOK_EVERY_COMMITS


def run(contract: Contract, lake: LakeSettings, commits: int, kept_seconds: int, console: Console) -> tuple[list[Tenth], Account]:
    """The tenths, printed as they end, and whether the table then has each row once."""
    tenths = [Tenth() for _ in range(10)]
    source = Source(contract)
    with feed_stream(contract, lake, kept_seconds) as feed:
        care = upkeep.TableCare(lake, contract.bronze)
        for number in range(commits):
            tenth = tenths[number * 10 // commits]
            tenth.commit_seconds.append(commit_once(feed, source))
            if (number + 1) % upkeep.LOOK_EVERY_COMMITS == 0:
                tenth.upkeep_seconds.append(look_after(care))
            if (number + 1) % (commits // (10 * LOOKS) | 1) == 0:  # odd, so as not to keep step with upkeep
                look(feed, tenth)
            if (number + 1) * 10 // commits > number * 10 // commits:
                _print(console, number + 1, tenth, first=tenth is tenths[0])
    table = DeltaTable(lake.table_uri(contract.bronze), storage_options=lake.delta_options())
    found = table.to_pyarrow_table(columns=["partition", "offset"])
    rows = Rows(found["partition"].to_numpy().astype(np.int64), found["offset"].to_numpy(), np.zeros(found.num_rows))
    return tenths, account(rows, dict.fromkeys(PARTITIONS, (0, source.offset)))


def _print(console: Console, commits: int, tenth: Tenth, first: bool) -> None:
    figures = tenth.figures()
    if first:
        console.print(" ".join(f"{name:>20}" for name in ("commits", *figures)), highlight=False, soft_wrap=True)
    console.print(" ".join([f"{commits:>20,}", *(f"{value:>20,.1f}" for value in figures.values())]), highlight=False, soft_wrap=True)


def report(console: Console, found: list[Verdict], rows: Account, tenths: list[Tenth]) -> bool:
    """Prints what is flat and what is not; whether all is well."""
    for each in found:
        word = "[green]flat[/]" if each.flat else "[red]not flat[/]"
        line = f"{each.name:<22} {each.second:>10,.1f} → {each.last:>10,.1f}   × {each.ratio:.2f} (≤ {each.limit})"
        console.print(f"{line}  {word}", highlight=False)
    between = sum(len(tenth.commit_seconds) for tenth in tenths[2:])
    growth = (tenths[-1].memory_bytes - tenths[1].memory_bytes) / between
    console.print(f"memory grew by {growth:,.0f} bytes a commit since the second tenth", highlight=False)
    if not rows.exact:
        console.print(f"[red]not exactly once[/]: {rows}", highlight=False)
    return rows.exact and all(each.flat for each in found)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.commits", description=__doc__)
    parser.add_argument("--commits", type=int, default=MANY, help=f"how many ({MANY:,}); at least 100")
    parser.add_argument(
        "--output", type=Path, metavar="DIR", help="where <date>-commits.json goes (benchmarks/results; nowhere for fewer commits)"
    )
    return parser.parse_args()


def main() -> int:
    chosen = arguments()
    commits = max(chosen.commits, 100)
    console, contract = Console(width=None if sys.stdout.isatty() else 120), load_contracts()[FEED]
    try:
        with private_stack(console, "benchmark", ("minio",)) as stack:
            seconds = pace(contract, stack.lake("pace"))
            kept = max(2, round(seconds * commits / KEPT_SHARE))
            console.print(
                f"{commits:,} commits, about {seconds * 1000:.0f} ms each; the table keeps its past for {kept} s", highlight=False
            )
            tenths, rows = run(contract, stack.lake("commits"), commits, kept, console)
    except HeadwaterError as error:
        console.print(f"[red]{type(error).__name__}[/]: {error}", highlight=False, soft_wrap=True)
        return 2
    except KeyboardInterrupt:
        console.print("interrupted")
        return 130
    found = verdicts(tenths)
    well = report(console, found, rows, tenths)
    if chosen.output or commits >= MANY:
        console.print(f"Kept in {write(chosen.output or RESULTS, commits, kept, tenths, found, rows)}", highlight=False)
    return 0 if well else 1


def write(directory: Path, commits: int, kept: int, tenths: list[Tenth], found: list[Verdict], rows: Account) -> Path:
    """<directory>/<date>-commits.json."""
    now = datetime.now(UTC)
    value = {
        "measured_at": now.isoformat(timespec="seconds"),
        "commits": commits,
        "kept_seconds": kept,
        "machine": machine(),
        "versions": versions(),
        "tenths": [tenth.figures() for tenth in tenths],
        "verdicts": [{**asdict(each), "ratio": each.ratio, "flat": each.flat} for each in found],
        "rows": asdict(rows),
    }
    directory.mkdir(parents=True, exist_ok=True)
    file = directory / f"{now:%Y-%m-%d}-commits.json"
    file.write_text(json.dumps(value, indent=1) + "\n")
    return file


if __name__ == "__main__":
    sys.exit(main())
