"""What Airflow's scheduler imports for its tasks."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from local.settings import REPOSITORY

NAMES = ("deltalake", "pyarrow.dataset", "pandas", "boto3", "confluent_kafka.admin", "include.contracts")
TASK = """
import os, sys
sys.argv = ["airflow", "scheduler"]
import airflow_local_settings
child = os.fork()
if child == 0:
    import pyarrow as pa
    from deltalake import DeltaTable, write_deltalake
    write_deltalake(TABLE, pa.table({"a": [1, 2, 3]}))
    found = DeltaTable(TABLE).to_pyarrow_table(filters=[("a", ">", 1)]).to_pandas()
    os._exit(0 if found["a"].tolist() == [2, 3] else 3)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def run(program: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": f"{REPOSITORY}:{REPOSITORY / 'plugins'}"}
    return subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False, timeout=120)


@pytest.mark.parametrize(("component", "expected"), [("scheduler", list(NAMES)), ("api-server", [])])
def test_the_scheduler_alone_has_what_tasks_need(component: str, expected: list[str]) -> None:
    done = run(
        f"import sys; sys.argv = ['airflow', '{component}']; import airflow_local_settings\n"
        f"print(*[name for name in {NAMES} if name in sys.modules], sep='\\n')"
    )
    assert done.stdout.split() == expected, done.stderr


def test_a_process_that_is_forked_from_it_reads_and_writes_tables(tmp_path: Path) -> None:
    """A library that had started threads before would hang or break in the fork."""
    done = run(TASK.replace("TABLE", repr(str(tmp_path / "table"))))
    assert done.returncode == 0, done.stderr
