"""Which targets are met, and that a wrong account is never silent."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarks.figures import Account, Throughput
from benchmarks.report import wrong_accounts
from benchmarks.scenarios import CatchUp, Delays, Steady
from benchmarks.targets import Target, targets

EXACT, LOST = Account(10, 0, 0, 0), Account(10, 1, 0, 0)


def steady(p50: float) -> Steady:
    delays = Delays(10, 1000, p50, 2 * p50, 7000)
    return Steady(delays, {"1": delays}, 500, 500, 1_000_000_000, 5, EXACT, EXACT)


def catch_up(rate: float) -> CatchUp:
    return CatchUp(Throughput(round(10 * rate), 10, rate, 100), 5, 20, 5, 1_400_000_000, EXACT, EXACT)


def test_ratios_are_against_the_right_contestant() -> None:
    found = targets(
        {"headwater": steady(0.5), "spark": steady(5.0), "direct": steady(0.4)},
        {"headwater": catch_up(90), "spark": catch_up(100), "direct": catch_up(300)},
    )

    assert [round(target.value, 3) for target in found] == [0.5, 1.0, 10.0, 1.25, 0.9, 1.4, 5]
    assert [target.met for target in found] == [True, True, True, True, False, True, True]


def test_target_of_what_was_not_measured_is_neither_met_nor_missed() -> None:
    assert {target.met for target in targets({}, {})} == {None}


@pytest.mark.parametrize(("value", "at_least", "met"), [(1.0, False, True), (1.1, False, False), (1.0, True, True), (0.9, True, False)])
def test_limit_itself_is_within(value: float, at_least: bool, met: bool) -> None:
    assert Target("some", value, 1.0, at_least).met is met


def test_lost_record_is_told_with_scenario_and_contestant() -> None:
    (line,) = wrong_accounts({"direct": replace(steady(0.4), live=LOST)}, {"headwater": catch_up(90)})

    assert line.startswith("steady, no Spark, rows that a reader finds: of 10 records 1 are missing")


def test_account_of_no_records_is_wrong() -> None:
    assert len(wrong_accounts({}, {"spark": replace(catch_up(1), added=Account(0, 0, 0, 0))})) == 1
