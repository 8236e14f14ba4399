"""The change of a contract file that takes in what was seen."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from include.contract_files import contracts_folder
from include.contracts import Contract, load_contracts
from include.contracts.proposal import Seen, proposal
from tests.jobs.bronze_rows import NOON
from tests.proposals import apply_diff

UNPRINTABLE = ("\r", "\n", "\x7f", "\x80", "\x85", "\u2028", "\u202e", "\ufeff", "\ufffe", "\ud800")


def seen(field: str, *types: str, expected: str | None = None, sample: str | None = "7") -> Seen:
    return Seen(field, expected, types, 12, NOON, sample)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(contracts_folder(), tmp_path / "contracts"))


def patched(folder: Path, feed: str, *drift: Seen) -> Contract:
    """The feed's contract, after its diff has been applied."""
    diff = proposal(load_contracts(folder)[feed].path, drift)
    apply_diff(folder, diff)
    found = load_contracts(folder)
    assert found.broken == ()
    return found[feed]


@pytest.mark.parametrize("feed", list(load_contracts().feeds))
def test_patched_contract_is_sound_and_has_the_fields_as_optional_ones(folder: Path, feed: str) -> None:
    before = load_contracts(folder)[feed]
    kinds = {"wanted_text": "string", "wanted_count": "bigint", "wanted_share": "decimal", "wanted_flag": "boolean"}
    after = patched(folder, feed, *[seen(name, kind) for name, kind in kinds.items()])
    types = {name: kind.replace("decimal", "double") for name, kind in kinds.items()}
    assert {each.name: each.spark_type for each in after.fields} == {each.name: each.spark_type for each in before.fields} | types
    assert not any(field.required for field in after.fields if field.name in kinds)
    assert after.version == f"1.{int(before.version.split('.')[1]) + 1}.0"


def test_field_of_elements_stands_among_theirs(folder: Path) -> None:
    items = next(field for field in patched(folder, "commandes_json", seen("items[].colour", "string")).fields if field.name == "items")
    assert items.items[-1].name == "colour"


def test_numbers_of_several_types_are_one_number_and_null_is_no_type(folder: Path) -> None:
    fields = patched(folder, "metrics", seen("disk", "bigint", "decimal", "null")).fields
    assert (fields[-1].name, fields[-1].spark_type) == ("disk", "double")


@pytest.mark.parametrize(
    "drift",
    [
        seen("disk", "bigint", "string"),
        seen("un disque", "bigint"),
        seen("CPU_PCT", "double"),
        seen("x", "null"),
        seen("event_time", "string"),
        seen("o", "OBJECT<a: BIGINT>"),
        seen("cpu_pct[].x", "bigint"),  # names, not paths: the contract has no such array
        seen("cpu_pct[]", "bigint"),
        seen("disks[].size", "bigint"),
    ],
)
def test_what_can_be_no_field_is_a_comment(folder: Path, drift: Seen) -> None:
    before = load_contracts(folder)["metrics"]
    assert f"# {drift.field}: Seen as" in proposal(before.path, [drift])
    after = patched(folder, "metrics", drift)
    assert (after.fields, after.version) == (before.fields, before.version)


@pytest.mark.parametrize("char", UNPRINTABLE)
def test_what_no_line_of_yaml_can_hold_is_escaped(folder: Path, char: str) -> None:
    before, sample = load_contracts(folder)["metrics"], f'"a{char}version: 9.0.0"'
    told = [
        seen("disk", "string", sample=sample),
        seen(f"un{char}version: 9.0.0", "string"),
        seen("cpu_pct", "string", expected="double", sample=sample),
    ]
    after = patched(folder, "metrics", *told)
    assert (after.version, after.fields[:-1]) == ("1.1.0", before.fields)
    assert f'such as "a{ascii(char)[1:-1]}version: 9.0.0"' in after.fields[-1].description


@pytest.mark.parametrize("name", ["yes", "null", "on", "No"])
def test_name_that_yaml_would_read_as_something_else_is_that_name(folder: Path, name: str) -> None:
    sample = "\"'x': - #y\""
    assert patched(folder, "metrics", seen(name, "string", sample=sample)).fields[-1].name == name


@pytest.mark.parametrize("name", ["items[][].colour", "items[].", "items[]colour", "status[].colour"])
def test_name_that_is_no_path_proposes_no_field_of_elements(folder: Path, name: str) -> None:
    before = load_contracts(folder)["commandes_json"]
    assert patched(folder, "commandes_json", seen(name, "string")).fields == before.fields


def test_of_names_that_differ_in_case_alone_the_most_frequent_is_a_field(folder: Path) -> None:
    drift = [seen("disk", "string"), seen("Disk", "string"), seen("items[].disk", "string"), seen("items[].Disk", "string")]
    before, after = load_contracts(folder)["commandes_json"], patched(folder, "commandes_json", *drift)
    assert [each.name for each in after.fields] == [*(each.name for each in before.fields), "disk"]
    assert [each.items[-1].name for each in after.fields if each.items] == ["disk"]


def test_changed_type_is_a_comment_at_its_field(folder: Path) -> None:
    path = load_contracts(folder)["metrics"].path
    patched(folder, "metrics", seen("cpu_pct", "string", expected="double", sample='"n/a"'))
    text = path.read_text().splitlines()
    place = text.index("      - name: cpu_pct")
    assert text[place - 1] == '      # cpu_pct: Seen as string in 12 records since 2026-11-20, such as "n/a", instead of double'


def test_nothing_seen_is_no_diff(folder: Path) -> None:
    assert proposal(load_contracts(folder)["metrics"].path, []) == ""
