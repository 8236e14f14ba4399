"""Which DAGs `up` has ever unpaused: each once, so that one that somebody paused on purpose stays paused."""

from __future__ import annotations

from local.dag_runs import DagRuns
from local.settings import LocalSettings


class Unpaused:
    """A list of names beside Airflow's data, and as old as it."""

    def __init__(self, settings: LocalSettings) -> None:
        self._file = settings.data / "airflow" / "unpaused"

    def once(self, runs: DagRuns, dag: str) -> bool:
        """Unpause the DAG if this was never done; whether it was done now."""
        if self.knows(dag):
            return False
        runs.unpause(dag)
        self.leave(dag)
        return True

    def knows(self, dag: str) -> bool:
        """Whether the DAG was unpaused once, or counts as such: if it is paused, somebody wants it so."""
        return self._file.exists() and dag in self._file.read_text().split()

    def leave(self, dag: str) -> None:
        """From now on it counts as done: the DAG stays as it is, paused if it was never unpaused."""
        self._file.parent.mkdir(parents=True, exist_ok=True)
        with self._file.open("a") as file:
            file.write(f"{dag}\n")
