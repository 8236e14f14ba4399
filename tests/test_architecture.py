"""The rules of the house that a syntax tree can show. Each finding names the line and says what to do."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = ("dags", "plugins", "include", "jobs", "local", "benchmarks", "drills")
SOURCES = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))
OURS = {"dags", "lakehouse", "include", "jobs", "local", "benchmarks", "drills", "tests"}
# Read once, as a process of Airflow starts.
READ_ONCE = "airflow_local_settings.py"
HEAVY = {"boto3", "confluent_kafka", "delta", "deltalake", "duckdb", "ibis", "pandas", "pyarrow", "pyspark"}
SHELLS = {"subprocess", "airflow.providers.standard.operators.bash", "airflow.operators.bash"}
# Where Spark commits to tables of the lake, each with the table's lease in hand (jobs/common/commits.py), or the stream group's.
SPARK_COMMITS = {"jobs/common/tables.py", "jobs/maintain/spark_tables.py", "jobs/stream/feed.py"}
OF_A_LAKE = ("dags", "plugins", "include", "jobs")
SPARK_COMMIT = re.compile(
    r"""\.write(Stream)?\s*(\.mode\(\S+\)\s*)?\.format\(["']delta|\.(saveAsTable|insertInto|writeTo)\(|DeltaTable\.for(Path|Name)|"""
    r"\b(MERGE INTO|ALTER TABLE|CREATE (OR REPLACE )?TABLE|OPTIMIZE|DELETE FROM|UPDATE|INSERT (INTO|OVERWRITE)|RESTORE TABLE) delta\."
)
MOST_LINES = 250
MOST_LINES_OF_A_DAG = 60

# Who may import whom when it is imported itself; a folder may always import itself.
MAY_IMPORT = {
    "dags": {"lakehouse", "include"},
    "lakehouse": {"include"},
    "include": set(),
    "jobs.common": {"include"},
    "jobs": {"include", "jobs.common"},
    "local": {"include", "jobs"},
    "benchmarks": {"include", "jobs", "local"},
    "drills": {"include", "jobs", "local"},
}
# The auditor shares no code with what it audits: where things are and what they are called, and no word on what is in them.
AUDITOR = "jobs.audit"
AUDITOR_MAY_IMPORT = {AUDITOR, "include.settings", "include.errors", "include.contracts", "include.catalog", "include.words"}
# Inside a function the schedule may reach for a job: the task needs it, reading the DAG does not. So may the command line for the drills.
MAY_IMPORT_LATE = {
    **MAY_IMPORT,
    "dags": MAY_IMPORT["dags"] | {"jobs"},
    "lakehouse": MAY_IMPORT["lakehouse"] | {"jobs"},
    "local": MAY_IMPORT["local"] | {"drills"},
}


def imports(tree: ast.Module) -> Iterator[tuple[int, str, bool]]:
    """Line, imported module, and whether it is imported inside a function; imports for type checkers alone are left out."""

    def walk(node: ast.AST, late: bool) -> Iterator[tuple[int, str, bool]]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.If) and ast.unparse(child.test).endswith("TYPE_CHECKING"):
                continue
            if isinstance(child, ast.Import):
                yield from ((child.lineno, alias.name, late) for alias in child.names)
            elif isinstance(child, ast.ImportFrom) and child.module and not child.level:
                deeper = child.module in ("jobs", "airflow.providers.standard.operators", "airflow.operators")
                yield from ((child.lineno, f"{child.module}.{alias.name}" if deeper else child.module, late) for alias in child.names)
            else:
                yield from walk(child, late or isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda))

    yield from walk(tree, False)


def place(path: Path) -> str:
    """The name by which others import the folder of a source file: include, lakehouse, jobs.silver, …"""
    parts = path.with_suffix("").parts
    if parts[0] == "plugins":
        return "lakehouse"
    return ".".join(parts[:2]) if parts[0] == "jobs" and len(parts) > 2 else parts[0]


def package(module: str) -> str:
    parts = module.split(".")
    return ".".join(parts[:2]) if parts[0] == "jobs" else parts[0]


def may(source: str, target: str, late: bool) -> bool:
    rules = MAY_IMPORT_LATE if late else MAY_IMPORT
    allowed = rules.get(source) if source in rules else rules[source.split(".")[0]]
    return source == target or target in allowed or target.split(".")[0] in allowed - {"jobs.common"}


def shared_by_the_auditor(module: str) -> bool:
    return any(module == allowed or module.startswith(f"{allowed}.") for allowed in AUDITOR_MAY_IMPORT)


def wrong_imports(path: Path, text: str) -> list[str]:
    """Each import that goes against the direction, or brings something heavy where Airflow reads its DAGs, or a shell near a form."""
    source, scheduled = place(path), path.parts[0] in ("dags", "plugins")
    found = []
    for line, module, late in imports(ast.parse(text)):
        where = f"{path}:{line}: imports {module}: "
        top = module.split(".")[0]
        if top in OURS and not may(source, package(module), late):
            late_only = not late and may(source, package(module), True)
            shared = "layers meet in tables; what both need goes to jobs/common or include"
            found.append(where + f"{source} may not; {'import it inside the task function' if late_only else shared}")
        if source == AUDITOR and top in OURS and not shared_by_the_auditor(module):
            found.append(where + "an auditor that shares code with what it audits shares its mistakes; ask the table or Kafka itself")
        if scheduled and not late and top in HEAVY and path.name != READ_ONCE:
            found.append(where + "Airflow reads this file all the time; import it inside the function that needs it")
        if scheduled and module in SHELLS:
            found.append(where + "what a form holds must never reach a shell; call the function in include instead")
    return found


def wrong_file(path: Path, text: str) -> list[str]:
    found = []
    is_dag, lines = path.parts[0] == "dags", len(text.splitlines())
    if lines > (MOST_LINES_OF_A_DAG if is_dag else MOST_LINES):
        found.append(f"{path}: {lines} lines; {'move logic to plugins/lakehouse' if is_dag else 'split it by concept'}")
    if path.parts[0] in OF_A_LAKE and str(path) not in SPARK_COMMITS and SPARK_COMMIT.search(text):
        found.append(f"{path}: commits by Spark; go through jobs/common/tables.py, which takes the table's lease")
    if path.stem in ("utils", "util", "helpers", "helper", "misc"):
        found.append(f"{path}: says nothing of what is in it; name it after its one concept")
    return found


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_source_keeps_the_rules_of_the_house(path: Path) -> None:
    relative, text = path.relative_to(ROOT), path.read_text(encoding="utf-8")
    assert wrong_imports(relative, text) + wrong_file(relative, text) == []


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("include/lag.py", "from lakehouse import assets"),
        ("include/lag.py", "import jobs.silver.run"),
        ("include/lag.py", "def f():\n    from local import up"),
        ("jobs/gold/run.py", "from jobs.silver.run import build_silver"),
        ("jobs/gold/run.py", "from jobs import silver"),
        ("jobs/common/tables.py", "from jobs.gold import run"),
        ("jobs/audit/run.py", "from include.delta_log import open_table"),
        ("jobs/audit/run.py", "def f():\n    from include.days import day_accounts"),
        ("dags/commerce/daily.py", "from jobs.gold.run import build_gold"),
        ("plugins/lakehouse/daily.py", "from local.up import up"),
        ("dags/commerce/daily.py", "import pyspark.sql"),
        ("plugins/lakehouse/daily.py", "if True:\n    from deltalake import DeltaTable"),
        ("dags/commerce/daily.py", "def f():\n    import subprocess"),
        ("dags/commerce/daily.py", "from airflow.providers.standard.operators.bash import BashOperator"),
    ],
)
def test_wrong_import_is_found_with_its_line(path: str, text: str) -> None:
    (finding,) = wrong_imports(Path(path), text)
    assert finding.startswith(f"{path}:{len(text.splitlines())}: imports ")


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("dags/commerce/daily.py", "from lakehouse.daily import daily_flow\nfrom include.contracts import load_contracts"),
        ("dags/commerce/daily.py", "def f():\n    from jobs.gold.run import build_gold\n    import pyspark"),
        ("plugins/lakehouse/sensors.py", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from deltalake import DeltaTable"),
        ("jobs/gold/run.py", "from jobs.common.tables import read\nfrom jobs.gold.orders import orders\nimport pyspark"),
        ("local/up.py", "from jobs.produce.run import produce"),
        ("jobs/audit/run.py", "from include.contracts.model import Contract\nfrom jobs.audit.days import close\nimport deltalake"),
    ],
)
def test_right_import_is_let_through(path: str, text: str) -> None:
    assert wrong_imports(Path(path), text) == []


@pytest.mark.parametrize(("path", "lines"), [("dags/a/b.py", 61), ("include/long.py", 251), ("jobs/common/utils.py", 1)])
def test_wrong_file_is_found(path: str, lines: int) -> None:
    assert len(wrong_file(Path(path), "x = 1\n" * lines)) == 1


@pytest.mark.parametrize(
    "text",
    [
        'frame.write.format("delta").save(uri)',
        'frame.write.mode("append").saveAsTable("gold.city_daily")',
        'spark.sql(f"OPTIMIZE delta.`{uri}`")',
        'spark.sql(f"MERGE INTO delta.`{uri}` AS kept USING {{rows}} AS rows ON kept.n = rows.n")',
        "DeltaTable.forPath(spark, uri).delete()",
    ],
)
def test_commit_by_spark_that_takes_no_lease_is_found(text: str) -> None:
    found = [wrong_file(Path(path), text) for path in ("jobs/gold/run.py", "jobs/common/tables.py")]
    assert [len(each) for each in found] == [1, 0]


@pytest.mark.parametrize("path", sorted(SPARK_COMMITS))
def test_where_spark_may_commit_it_does(path: str) -> None:
    assert SPARK_COMMIT.search((ROOT / path).read_text(encoding="utf-8"))
