"""A lake before anybody writes to it: its bucket, and the tables of `ops`, empty."""

from __future__ import annotations

from include.ops_layout import create_ops_tables
from include.settings import LakeSettings
from jobs.audit.run import create_tables as create_ledger_tables
from local.parts.minio import create_bucket


def create_lake(lake: LakeSettings) -> bool:
    """Makes what is not there yet. Idempotent. False when the bucket was there before. Raises PartFailed or StoreError."""
    made = create_bucket(lake)
    create_ops_tables(lake)
    create_ledger_tables(lake)
    return made
