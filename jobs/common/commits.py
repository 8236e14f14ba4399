"""How Spark commits to a table: with the table's lease in hand, and not once that is lost.

What was asked of Spark when the lease is lost, or could not be renewed in time, is interrupted, before another can have the lease where
the store was away, and as soon as it is seen where this process was paused. docs/decisions/a-lease-for-each-table.md says what is left.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from threading import Event
from uuid import uuid4

from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from include.errors import LeaseLost
from include.lease import Lease
from include.settings import LakeSettings
from include.table_lease import table_lease

ATTEMPTS = 6
# What Spark raises, by way of the Connect server or in this process; there it does not translate Delta's own.
SPARK_ERRORS = (PySparkException, Py4JJavaError)
# Another writer of the same table committed first: nothing of ours is written, and a second look settles it.
_CONFLICTS = ("DELTA_CONCURRENT_", "DELTA_METADATA_CHANGED", "DELTA_PROTOCOL_CHANGED")
# So long before its lease can be another's, a statement is not begun any more, and one that runs is interrupted.
MARGIN_SECONDS = 3.0
_LOOK_SECONDS = 0.25


def refuse_nothing() -> None:
    """Whatever others have done meanwhile, the statement is to be done."""


def commit(
    spark: SparkSession,
    lake: LakeSettings,
    address: str,
    statement: Callable[[], object],
    attempts: int = ATTEMPTS,
    refuse: Callable[[], object] = refuse_nothing,
) -> None:
    """Has Spark do the statement, which commits to the table, with the table's lease; again, after a pause, when another writer was faster
    all the same (delta-rs, or one without the lease), so that nothing of it is written.

    `refuse` is asked before each try, with the lease in hand, and raises where the statement is not to be done any more: what others
    have done while this one waited for its turn it sees, and what they do next comes after the commit.

    Raises LeaseHeld, with nothing asked of Spark, when another driver does not give the table's lease back, and LeaseLost when ours was
    lost meanwhile: whether the statement then is done or not, to do it again must be safe.
    """
    with table_lease(lake, address) as lease:
        for attempt in range(1, attempts + 1):
            refuse()
            try:
                with interrupted_without(lease, spark, address):
                    statement()
                return
            except SPARK_ERRORS as error:
                if attempt == attempts or not is_conflict(error):
                    raise
                pause(attempt)


def is_conflict(error: Exception) -> bool:
    """Whether another writer of the table was faster, so that nothing of the commit is written and it may be tried again."""
    return any(conflict in str(error) for conflict in _CONFLICTS)


def pause(attempt: int) -> None:
    """Waits before the next attempt, longer each time."""
    time.sleep(0.2 * 2**attempt)


@contextmanager
def interrupted_without(lease: Lease, spark: SparkSession, where: str) -> Iterator[None]:
    """Within it, what this thread asks of Spark is interrupted when the lease is lost, or soon may be. Raises LeaseLost then, whatever came
    of it, and before anything is asked where it is so already."""
    _refuse_lost(lease, where, "nothing was asked of Spark")
    tag, done = f"lease-{uuid4()}", Event()
    # In this process a session's own interruptTag knows the tags of the thread alone that calls it.
    by = spark.sparkContext if hasattr(spark, "sparkContext") else None
    add, interrupt, remove = (
        (by.addJobTag, by.cancelJobsWithTag, by.removeJobTag) if by else (spark.addTag, spark.interruptTag, spark.removeTag)
    )

    def watch() -> None:
        while not done.wait(_LOOK_SECONDS):
            if not lease.held(MARGIN_SECONDS):
                with suppress(*SPARK_ERRORS):  # what came of the statement is told by whoever waits for it
                    interrupt(tag)  # again and again: it may be between two of Spark's jobs

    add(tag)
    with ThreadPoolExecutor(2, thread_name_prefix="lease-watch") as threads:
        watching = threads.submit(watch)
        try:
            yield
        except SPARK_ERRORS as error:
            remove(tag)
            _refuse_lost(lease, where, f"Spark was interrupted: {error}")
            raise
        except BaseException as error:
            # Nobody waits for it any more, and it must not commit when another has the lease. Another thread says so: to this one Spark
            # may still owe an answer.
            if failed := threads.submit(interrupt, tag).exception():
                error.add_note(f"Spark could not be told to stop writing {where}: {failed}")
            raise
        else:
            remove(tag)
        finally:
            done.set()
    watching.result()
    _refuse_lost(lease, where, "Spark has committed all the same, which another driver's commit may have met")


def _refuse_lost(lease: Lease, where: str, what: str) -> None:
    if not lease.held(MARGIN_SECONDS):
        how = f"was lost, {lease.lost}" if lease.lost else "could not be renewed in time"
        fix = "see that the store is up, and who else writes the table; to write it again is safe"
        raise LeaseLost(f"the lease {how}: {what}", where=where, fix=fix)
