"""The drill's own account: what it calls lost and doubled."""

from __future__ import annotations

from pathlib import Path

from drills.account import AcknowledgedList, Content, Place, account

FIRST, SECOND = Place("clicks", "id", 0, 0), Place("clicks", "id", 0, 1)
A, B = Content("a", 1), Content("b", 2)


def test_each_acknowledged_record_once_is_exact() -> None:
    found = account({FIRST: A, SECOND: B}, [(SECOND, B), (FIRST, A)])
    assert found.exact
    assert (found.acknowledged, found.lost, found.doubled, found.unlisted, found.examples) == (2, 0, 0, 0, ())


def test_nothing_acknowledged_proves_nothing() -> None:
    assert not account({}, []).exact


def test_a_record_without_a_row_is_lost_and_named() -> None:
    found = account({FIRST: A, SECOND: B}, [(FIRST, A)])
    assert (found.lost, found.doubled) == (1, 0)
    assert found.examples == ("lost: clicks (id) partition 0 offset 1, bronze has nothing",)


def test_a_row_with_another_value_or_another_id_is_a_loss() -> None:
    assert account({FIRST: A}, [(FIRST, A._replace(checksum=9))]).lost == 1
    assert account({FIRST: A}, [(FIRST, A._replace(id="x"))]).lost == 1


def test_a_row_of_a_former_topic_does_not_stand_in() -> None:
    assert account({FIRST: A}, [(FIRST._replace(topic_id="former"), A._replace(id="x"))]).lost == 1


def test_rows_too_many_of_one_place_are_doubled() -> None:
    found = account({FIRST: A}, [(FIRST, A)] * 3)
    assert (found.lost, found.doubled) == (0, 2)
    assert "3 rows" in found.examples[0]


def test_an_id_at_two_places_is_doubled() -> None:
    found = account({FIRST: A}, [(FIRST, A), (SECOND, A)])
    assert (found.lost, found.doubled, found.unlisted) == (0, 1, 1)


def test_a_row_that_nobody_listed_may_be_there_once() -> None:
    once, twice = account({FIRST: A}, [(FIRST, A), (SECOND, B)]), account({FIRST: A}, [(FIRST, A), (SECOND, B), (SECOND, B)])
    assert (once.exact, once.unlisted) == (True, 1)
    assert (twice.exact, twice.doubled) == (False, 1)


def test_rows_that_are_no_drills_have_no_id_to_be_doubled() -> None:
    nobody = Content(None, 0)
    assert account({FIRST: A}, [(FIRST, A), (SECOND, nobody), (SECOND._replace(offset=2), nobody)]).exact


def test_a_list_is_read_as_it_grows_by_whole_lines(tmp_path: Path) -> None:
    file, listed = tmp_path / "list.tsv", AcknowledgedList()
    listed.add(file)
    assert listed.read() == {}
    file.write_text("clicks\tid\t0\t0\ta\t1\nclicks\tid\t0\t1")
    first = listed.read()
    assert first == {FIRST: A}
    with file.open("a") as more:
        more.write("\tb\t2\n")
    assert listed.read() == {FIRST: A, SECOND: B}
    assert first == {FIRST: A}
