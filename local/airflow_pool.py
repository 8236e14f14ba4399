"""The pool that the DAGs name for tasks which build days on Spark (plugins/lakehouse/daily.py), made in the running Airflow."""

from __future__ import annotations

from local.airflow_api import AirflowApi, Json
from local.errors import AirflowFailed

NAME = "spark"
ABOUT = "Tasks that build days on Spark, of all DAGs: HEADWATER_SPARK_POOL_SLOTS at once."
_NOT_FOUND = 404


def ensure(api: AirflowApi, slots: int) -> bool:
    """Makes the pool, or gives it as many slots; whether anything was to be done. A task whose pool there is not would wait for ever."""
    found = _find(api)
    if found is None:
        api.post("/pools", {"name": NAME, "slots": slots, "description": ABOUT})
    elif found["slots"] != slots:
        # Airflow wants the whole pool, whatever the mask says; its name is `pool` here.
        whole = {"pool": NAME, "slots": slots, "description": found["description"], "include_deferred": found["include_deferred"]}
        api.patch(f"/pools/{NAME}?update_mask=slots", whole)
    return found is None or found["slots"] != slots


def _find(api: AirflowApi) -> Json | None:
    try:
        return api.get(f"/pools/{NAME}")
    except AirflowFailed as error:
        if error.value == _NOT_FOUND:
            return None
        raise
