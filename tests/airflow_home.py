"""An Airflow of the tests' own: importing this module before Airflow gives it an empty home, no examples and our folders."""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]


def prepare() -> None:
    if "airflow" in sys.modules:
        raise RuntimeError("Airflow has been imported before its home was set; fix: import tests.airflow_home in the folder's conftest")
    home = tempfile.mkdtemp(prefix="headwater-airflow-")
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    for name in [name for name in os.environ if name.startswith("AIRFLOW_")]:
        del os.environ[name]
    os.environ |= {
        "AIRFLOW_HOME": home,
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(ROOT / "plugins"),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home}/airflow.db",
    }


if os.environ.get("AIRFLOW_HOME", "").startswith(tempfile.gettempdir() + "/headwater-airflow-") is False:
    prepare()
