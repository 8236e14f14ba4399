"""The plugins import Airflow: it gets a home of its own first."""

from __future__ import annotations

import tests.airflow_home  # noqa: F401
