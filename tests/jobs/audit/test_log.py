"""The end offsets that a table's commits carried are found in whatever state its log is."""

from __future__ import annotations

from pathlib import Path

import pytest

from jobs.audit.log import snapshot
from tests.jobs.audit.tables import CLICKS, TOPIC_ID, Bronze

ENDS = {(TOPIC_ID, 0): 4, (TOPIC_ID, 1): 5}


def cleaned_up(bronze: Bronze) -> Path:
    """Partition 1 has one commit, before two checkpoints; clean-up has left no entry of before the newer one. The log's folder."""
    bronze.commit(range(5), partition=1)
    for offset in range(3):
        bronze.commit([offset])
        if offset:
            bronze.table.create_checkpoint()
    newest = bronze.table.version()
    bronze.commit([3])
    log = Path(bronze.folder) / "_delta_log"
    for version in range(newest):
        (log / f"{version:020d}.json").unlink()
    return log


def ends(bronze: Bronze) -> dict[tuple[str, int], int]:
    found = snapshot(bronze.lake, CLICKS.bronze, with_ends=True)
    assert found is not None
    return found.ends


def test_they_are_in_the_newest_checkpoint_and_the_entries_after_it(bronze: Bronze):
    cleaned_up(bronze)
    assert ends(bronze) == ENDS


def test_they_are_found_where_nothing_points_to_the_newest_checkpoint(bronze: Bronze):
    (cleaned_up(bronze) / "_last_checkpoint").unlink()
    assert ends(bronze) == ENDS


def test_they_are_found_where_an_older_checkpoint_is_pointed_to_that_is_gone(bronze: Bronze):
    log = cleaned_up(bronze)
    pointer = log / "_last_checkpoint"
    pointer.write_text(pointer.read_text().replace('"version":3', '"version":2'))
    (log / f"{2:020d}.checkpoint.parquet").unlink()
    assert ends(bronze) == ENDS


@pytest.mark.parametrize("checkpoint", [False, True])
def test_they_are_found_in_a_log_that_nobody_has_cleaned_up(bronze: Bronze, checkpoint: bool):
    bronze.commit(range(5), partition=1)
    bronze.commit(range(4))
    if checkpoint:
        bronze.table.create_checkpoint()
    assert ends(bronze) == ENDS
