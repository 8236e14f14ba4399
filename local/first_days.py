"""The daily batch that `up` asks for first: yesterday and today of every system that has records of yesterday, as demo data are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from include.days import day_accounts
from include.delta_log import rows_by_day
from include.words import many
from local.progress import Step
from local.work import RUN_SECONDS, Work


@dataclass(frozen=True)
class FirstRun:
    """A run of a system's daily batch that an `up` has asked for."""

    dag: str
    run: str

    @classmethod
    def from_line(cls, line: str) -> FirstRun:
        return cls(*line.split())


@dataclass(frozen=True)
class FirstDays:
    """Once: later days, and what comes late, are the schedule's."""

    work: Work

    def build(self, step: Step) -> None:
        """Have Airflow build the days, all systems at the same time, and wait for them. An `up` that was interrupted is gone on with."""
        asked = [first for first in self._asked() if self.work.runs.resume(first.dag, first.run)] or self._ask()
        for dag in self.work.daily_dags.values():
            self.work.unpaused.once(self.work.runs, dag)
        for number, first in enumerate(asked, 1):
            self._wait(step, first, f"{number} of {len(asked)}")
        step.skipped, step.note = not asked, f"{many(len(asked), 'run')} of {many(len({first.dag for first in asked}), 'DAG')}"

    def _wait(self, step: Step, first: FirstRun, number: str) -> None:
        def tell(state: str) -> None:
            step.note = f"run {number}: {first.dag} {state}"

        self.work.runs.wait(first.dag, first.run, seconds=RUN_SECONDS, tell=tell)

    @property
    def _file(self) -> Path:
        return self.work.stack.settings.data / "airflow" / "first-days"

    def _asked(self) -> list[FirstRun]:
        """What an earlier `up` has asked for; it may not have seen the end."""
        return [FirstRun.from_line(line) for line in self._file.read_text().splitlines()] if self._file.exists() else []

    def _ask(self) -> list[FirstRun]:
        """The runs for yesterday and today; none of a system without records of yesterday, or of which days were built before, or whose
        DAG somebody has paused: its runs would wait for ever."""
        today = datetime.now(UTC).date()
        wanted = {system: dag for system, dag in self.work.daily_dags.items() if self._wants_days(system, today - timedelta(days=1))}
        dags = {system: dag for system, dag in wanted.items() if not (self.work.unpaused.knows(dag) and self.work.runs.is_paused(dag))}
        # Before the schedule may begin: its own run for yesterday would be another one. Asked again after an interruption, these are found.
        asked = [FirstRun(dag, self.work.runs.trigger_day(dag, today - timedelta(days=1))) for dag in dags.values()]
        # No logical date: this run must not take the place of tonight's, when the day is whole.
        asked += [FirstRun(dag, self.work.runs.trigger_once(dag, _day(today))) for dag in dags.values()]
        self._file.write_text("".join(f"{first.dag} {first.run}\n" for first in asked))
        return asked

    def _wants_days(self, system: str, yesterday: date) -> bool:
        contracts = self.work.contracts.of_system(system)
        if not any(rows_by_day(self.work.lake, contract.bronze).get(yesterday) for contract in contracts):
            return False
        built = day_accounts(self.work.lake, [contract.feed for contract in contracts])
        return self.work.sent or not any(account.built_at for account in built)


def _day(day: date) -> dict[str, str]:
    return {"day": day.isoformat()}
