"""What each process of Airflow imports as it starts: the name is Airflow's.

Tasks are processes forked from the scheduler's: what that has imported, none of them imports again. These are what nearly every task needs,
and half of a short task's processor time.
"""

from __future__ import annotations

import sys

if "scheduler" in sys.argv:
    import boto3  # noqa: F401
    import confluent_kafka.admin  # noqa: F401
    import deltalake  # noqa: F401
    import pandas  # noqa: F401
    import pyarrow.dataset  # noqa: F401

    import include.contracts  # noqa: F401
