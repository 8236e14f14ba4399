"""silver.clicks, silver.views and silver.ratings → gold.user_sessions, one row a kind of device and day with sessions."""

from __future__ import annotations

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from jobs.common.means import exact_mean

MOST_MICROSECONDS_BETWEEN = 30 * 60 * 1_000_000
_KEPT = ("user_id", "event_time", "event_date", "_timestamp", "_offset", "_partition")


def user_sessions(clicks: DataFrame, views: DataFrame, ratings: DataFrame) -> DataFrame:
    """How many sessions users had, how long they were and how many events they had.

    A session is events of one user, of any kind, with at most 30 minutes from each to the next; midnight (UTC) ends it, and
    what goes on after that is a session of the next day. It lasts from its first event to its last, 0 s with one event.
    device_type is that of its first view, by event_time, then as Kafka had them; `unknown` without a view.
    """
    viewed = F.when(F.col("device_type").isNotNull(), F.struct("event_time", "_timestamp", "_offset", "_partition"))
    last, first = F.unix_micros(F.max("event_time")), F.unix_micros(F.min("event_time"))
    sessions = _numbered(clicks, views, ratings).groupBy("event_date", "user_id", "_session").agg(
        F.coalesce(F.min_by("device_type", viewed), F.lit("unknown")).alias("device_type"),
        ((last - first) / 1_000_000).alias("_seconds"),
        F.count("*").alias("_events"),
    )
    return sessions.groupBy("event_date", "device_type").agg(
        F.count("*").alias("sessions"),
        exact_mean(F.col("_seconds")).alias("avg_session_seconds"),
        (F.sum("_events") / F.count("*")).alias("events_per_session"),
    )


def _numbered(clicks: DataFrame, views: DataFrame, ratings: DataFrame) -> DataFrame:
    """All events, with the number of their session among the user's of that day."""
    events = views.select(*_KEPT, "device_type")
    for others in (clicks, ratings):
        events = events.unionByName(others.select(*_KEPT), allowMissingColumns=True)
    in_time = Window.partitionBy("event_date", "user_id").orderBy("event_time")
    since_last = F.unix_micros("event_time") - F.unix_micros(F.lag("event_time").over(in_time))
    # By range and not by rows: events of one instant are in one session, in whatever order Spark has them.
    upto_now = in_time.rangeBetween(Window.unboundedPreceding, Window.currentRow)
    begun = events.withColumn("_begins", since_last > MOST_MICROSECONDS_BETWEEN)
    return begun.withColumn("_session", F.count_if("_begins").over(upto_now))
