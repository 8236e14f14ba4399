"""The tables of `ops` that are made with the lake, empty: who asks what was rebuilt, say, finds that nothing was. No Spark.

Each is made by its first writer where it lacks it. The ledger's own are the auditor's (jobs/audit/run.py).
"""

from __future__ import annotations

import pyarrow as pa
from deltalake.exceptions import DeltaError

from include.days import ACCOUNTS
from include.days import SCHEMA as ACCOUNTS_SCHEMA
from include.drift import DRIFT
from include.errors import StoreError
from include.gaps import GAPS
from include.gaps import SCHEMA as GAPS_SCHEMA
from include.incidents import INCIDENTS
from include.incidents import SCHEMA as INCIDENTS_SCHEMA
from include.maintenance import MAINTENANCE
from include.maintenance import SCHEMA as MAINTENANCE_SCHEMA
from include.rebuilds import REBUILDS
from include.rebuilds import SCHEMA as REBUILDS_SCHEMA
from include.resolved import RESOLVED
from include.settings import LakeSettings
from include.table_creation import create_by_day, create_undivided
from include.watch.lag_samples import LAG
from include.watch.lag_samples import SCHEMA as LAG_SCHEMA

BY_DAY: dict[str, pa.Schema] = {
    ACCOUNTS: ACCOUNTS_SCHEMA,
    DRIFT.address: DRIFT.schema,
    LAG: LAG_SCHEMA,
    RESOLVED.address: RESOLVED.schema,
}
UNDIVIDED: dict[str, pa.Schema] = {
    GAPS: GAPS_SCHEMA,
    INCIDENTS: INCIDENTS_SCHEMA,
    MAINTENANCE: MAINTENANCE_SCHEMA,
    REBUILDS: REBUILDS_SCHEMA,
}


def create_ops_tables(lake: LakeSettings) -> None:
    """Makes those that are not there yet. Idempotent. Raises StoreError."""
    try:
        for address, schema in BY_DAY.items():
            create_by_day(lake, address, schema)
        for address, schema in UNDIVIDED.items():
            create_undivided(lake, address, schema)
    except (DeltaError, OSError) as error:
        fix = "see that the store is up and has room"
        raise StoreError(f"a table could not be made: {error}", where=f"{lake.uri}/ops", fix=fix) from error
