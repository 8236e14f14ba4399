"""All drills by name, in the order in which --all runs them."""

from __future__ import annotations

from drills import airflow, broker, driver, maintenance, records, store, takeover
from drills.drill import Drill
from include.errors import SettingsError
from include.words import among

DRILLS: dict[str, Drill] = {
    drill.name: drill
    for drill in (
        driver.KILL_DRIVER,
        driver.KILL_BETWEEN_DATA_AND_COMMIT,
        takeover.PAUSE_DRIVER,
        takeover.TWO_DRIVERS,
        driver.DELETE_DISK,
        broker.STOP_KAFKA,
        store.STOP_STORE,
        store.SLOW_STORE,
        store.FILL_DISK,
        records.POISON,
        records.LATE_BURST,
        broker.RECREATE_TOPIC,
        broker.ADD_PARTITIONS,
        airflow.RESTART_AIRFLOW,
        maintenance.BACKFILL_DURING_MAINTENANCE,
    )
}


def find(name: str) -> Drill:
    """SettingsError, with the known names, for one that is no drill's."""
    if name not in DRILLS:
        raise SettingsError("no such drill", where="headwater drill", value=name, fix=among(name, DRILLS))
    return DRILLS[name]
