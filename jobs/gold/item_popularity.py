"""silver.clicks, silver.views and silver.ratings → gold.item_popularity, one row an item and day with any of them."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from jobs.common.means import exact_mean

# Ratings that an item is thought to have had already, all of them the day's mean: few ratings move it little.
PRIOR_RATINGS = 10
_KEPT = ("item_id", "event_date", "event_type", "user_id")


def item_popularity(clicks: DataFrame, views: DataFrame, ratings: DataFrame) -> DataFrame:
    """What each item got of its visitors on each day.

    users counts those who clicked, viewed or rated, each once. Means are in seconds and in stars, null without an event
    of their kind; click_through may exceed 1, and is null without views. weighted_rating draws an item's ratings to the
    mean of all ratings of the day; an item without any has that mean, and on a day without any it is null.
    """
    events = clicks.select(*_KEPT, "click_duration")
    events = events.unionByName(views.select(*_KEPT, "view_duration"), allowMissingColumns=True)
    events = events.unionByName(ratings.select(*_KEPT, "rating"), allowMissingColumns=True)
    items = events.groupBy("item_id", "event_date").agg(
        F.count_if(F.col("event_type") == "click").alias("clicks"),
        F.count_if(F.col("event_type") == "view").alias("views"),
        F.count_distinct("user_id").alias("users"),
        exact_mean(F.col("click_duration")).alias("avg_click_seconds"),
        exact_mean(F.col("view_duration")).alias("avg_view_seconds"),
        F.count("rating").alias("rating_count"),
        F.coalesce(F.sum("rating"), F.lit(0)).alias("_stars"),
    )
    stars, count = F.col("_stars"), F.col("rating_count")
    of_day = Window.partitionBy("event_date").rowsBetween(Window.unboundedPreceding, Window.unboundedFollowing)
    day_mean = _share(F.sum(stars).over(of_day), F.sum(count).over(of_day))
    return items.select(
        "item_id",
        "event_date",
        "clicks",
        "views",
        _share(F.col("clicks"), F.col("views")).alias("click_through"),
        "users",
        "avg_click_seconds",
        "avg_view_seconds",
        "rating_count",
        _share(stars, count).alias("avg_rating"),
        ((day_mean * PRIOR_RATINGS + stars) / (count + PRIOR_RATINGS)).alias("weighted_rating"),
    )


def _share(part: Column, whole: Column) -> Column:
    return part / F.nullif(whole, F.lit(0))
