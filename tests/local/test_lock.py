from __future__ import annotations

import os
from pathlib import Path

import pytest

from local.errors import StackBusy
from local.lock import exclusive
from local.settings import LocalSettings


def test_a_second_up_or_down_is_refused_with_the_first_ones_pid(tmp_path: Path) -> None:
    settings = LocalSettings.from_environment({"HEADWATER_HOME": str(tmp_path)})
    with exclusive(settings), pytest.raises(StackBusy) as raised, exclusive(settings):
        pass
    assert raised.value.value == f"pid {os.getpid()}"


def test_two_stacks_do_not_wait_for_each_other(tmp_path: Path) -> None:
    one, other = (LocalSettings.from_environment({"HEADWATER_HOME": str(tmp_path / name)}) for name in ("one", "other"))
    with exclusive(one), exclusive(other):
        pass


def test_the_lock_is_free_again_afterwards(tmp_path: Path) -> None:
    settings = LocalSettings.from_environment({"HEADWATER_HOME": str(tmp_path)})
    for _ in range(2):
        with exclusive(settings):
            pass
