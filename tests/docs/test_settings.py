"""docs/settings.md is what the code says, and the code reads no variable that it does not say."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest

from include.declared_settings import NAMES_FILE, settings_of
from local.settings import REPOSITORY
from local.settings_page import CONCERNS, PAGE, names, page, sections

FOLDERS = ("include", "jobs", "plugins", "local", "dags", "benchmarks", "drills")
SOURCES = sorted(path for folder in FOLDERS for path in (REPOSITORY / folder).rglob("*.py"))
DECLARATIONS = REPOSITORY / "include" / "declared_settings.py"  # reads by the names of settings
TEXTS = (".py", ".md", ".sh", ".yml", ".yaml", ".toml", ".env", ".conf", ".tpl", ".js", "Makefile", "Dockerfile")
DECLARED = {each.name: each for *_, own in sections() for each in own}
MAKE = "`python -m local.settings_page` makes it anew"
# What makes the field of a dataclass a setting.
_CALLS = {"setting", "declared", "_port", "_internal", "_secret"}


def test_the_page_is_what_the_code_says() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), MAKE


def test_the_known_names_are_those_of_the_code() -> None:
    assert NAMES_FILE.read_text(encoding="utf-8") == names(), MAKE


def test_every_setting_has_a_row_with_what_it_is_and_who_reads_it() -> None:
    rows = [line.strip("| ").split(" | ") for line in page().splitlines() if line.startswith("| `")]
    assert [name.strip("`") for name, *_ in rows] == list(DECLARED)
    assert [row[0] for row in rows if len(row) != 6 or not row[4].strip() or not row[5].strip()] == []


def test_a_field_is_of_the_kind_that_its_setting_is_read_as() -> None:
    kinds = {"Mapping": "dict", "PosixPath": "Path"}
    for _, concern, _ in sections():
        types = {field.name: re.match(r"\w+", str(field.type)) for field in fields(concern)}
        told = {name: kinds.get(types[name][0], types[name][0]) for name, _ in settings_of(concern)}
        assert told == {name: kinds.get(each.type.__name__, each.type.__name__) for name, each in settings_of(concern)}


def concerns(tree: ast.Module) -> Iterator[str]:
    """The classes that have settings as fields."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            values = [field.value for field in node.body if isinstance(field, ast.AnnAssign) and isinstance(field.value, ast.Call)]
            if any(isinstance(value.func, ast.Name) and value.func.id in _CALLS for value in values):
                yield node.name


def test_every_concern_is_on_the_page() -> None:
    found = {name for path in SOURCES for name in concerns(ast.parse(path.read_text(encoding="utf-8")))}
    assert found == {concern.__name__ for of_title in CONCERNS.values() for concern in of_title}


def is_declared(name: str) -> bool:
    return name in DECLARED or any(each.endswith("*") and name.startswith(each[:-1]) for each in DECLARED)


def reads(tree: ast.Module) -> Iterator[tuple[int, str | None]]:
    """Line and name of each variable that is read from what is called an environment; None for a name that only a run would tell."""
    constants = {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        for target in node.targets
        if isinstance(target, ast.Name)
    }

    def is_environment(node: ast.AST) -> bool:
        named = node.func if isinstance(node, ast.Call) else node
        return isinstance(named, ast.Name | ast.Attribute) and "environ" in ast.unparse(named).rpartition(".")[2]

    def name_of(node: ast.AST) -> str | None:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return node.value
        return constants.get(node.id) if isinstance(node, ast.Name) else None

    for node in ast.walk(tree):
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load) and is_environment(node.value):
            yield node.lineno, name_of(node.slice)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            asked = node.func.attr in ("get", "setdefault") and is_environment(node.func.value)
            if (asked or node.func.attr == "getenv") and node.args:
                yield node.lineno, name_of(node.args[0])
        elif isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.In | ast.NotIn) and is_environment(node.comparators[0]):
            yield node.lineno, name_of(node.left)
        elif isinstance(node, ast.keyword) and node.arg == "envvar":
            yield node.value.lineno, name_of(node.value)


def undeclared(path: Path, text: str) -> list[str]:
    how = "declare it as a field of its concern (include/declared_settings.py), and read the concern"
    found = [(line, name) for line, name in reads(ast.parse(text)) if name is None or not is_declared(name)]
    return [f"{path}:{line}: reads {name or 'a variable by a name that cannot be seen'}; {how}" for line, name in found]


@pytest.mark.parametrize("path", [path for path in SOURCES if path != DECLARATIONS], ids=lambda path: str(path.relative_to(REPOSITORY)))
def test_code_reads_only_what_is_declared(path: Path) -> None:
    assert undeclared(path.relative_to(REPOSITORY), path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "text",
    [
        "os.environ['COLOUR']",
        "os.environ.get('COLOUR', 'red')",
        "os.getenv('COLOUR')",
        "environment.get('COLOUR')",
        "SETTING = 'COLOUR'\nself._environment[SETTING]",
        "'COLOUR' in os.environ",
        "os.environ.get(f'HEADWATER_{name}')",
        "typer.Option(envvar='COLOUR')",
        "stack.client_environment()['COLOUR']",
    ],
)
def test_a_read_of_what_is_not_declared_is_found(text: str) -> None:
    (finding,) = undeclared(Path("local/up.py"), text)
    assert finding.startswith(f"local/up.py:{len(text.splitlines())}: reads ")


@pytest.mark.parametrize("text", ["os.environ['JAVA_HOME']", "os.environ['COLOUR'] = 'red'", "colours.get('COLOUR')", "os.environ.copy()"])
def test_other_code_is_let_through(text: str) -> None:
    assert undeclared(Path("local/up.py"), text) == []


def test_scripts_read_only_what_is_declared() -> None:
    scripts = {path: path.read_text(encoding="utf-8") for path in (REPOSITORY / "local").rglob("*.sh")}
    found = {name for text in scripts.values() for name in re.findall(r"\$\{([A-Z_]+):-", text)}
    assert found
    assert {name for name in found if not is_declared(name)} == set()


def misnamed(text: str) -> set[str]:
    """Names of ours that nobody reads; a name that ends in `_` is the beginning of some."""
    return {
        name
        for name in re.findall(r"HEADWATER_[A-Z0-9_]*", text)
        if name not in DECLARED and not (name.endswith("_") and any(each.startswith(name) for each in DECLARED))
    }


def test_code_and_pages_name_only_settings_that_there_are() -> None:
    folders = [REPOSITORY / folder for folder in (*FOLDERS, "docs", "docker")]
    files = [path for folder in folders for path in folder.rglob("*") if path.name.endswith(TEXTS)] + [
        path for path in REPOSITORY.glob("*") if path.name.endswith(TEXTS)
    ]
    found = {str(path.relative_to(REPOSITORY)): misnamed(path.read_text(encoding="utf-8")) for path in files}
    assert len(found) > 200
    assert {path: wrong for path, wrong in found.items() if wrong} == {}
    assert misnamed("HEADWATER_STREAM_WRITER, HEADWATER_STREAM_*, HEADWATER_STREM_") == {"HEADWATER_STREM_"}
