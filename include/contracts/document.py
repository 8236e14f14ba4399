"""A contract file as the Open Data Contract Standard sees it: strict YAML, the standard's own JSON schema, its Pydantic model."""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterator, Sequence
from functools import cache
from importlib import resources
from typing import Any

import jsonschema_rs
import yaml
from jsonschema import Draft201909Validator, ValidationError
from jsonschema.exceptions import best_match
from open_data_contract_standard.model import CustomProperty, OpenDataContractStandard
from pydantic import ValidationError as ModelError

from include.contracts.problems import Problem

_Loader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _StrictLoader(_Loader):  # type: ignore[valid-type, misc]
    """YAML in which a key may stand once: PyYAML keeps the last one and says nothing."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[Hashable] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise yaml.constructor.ConstructorError(None, None, f"the key {key!r} stands here twice", key_node.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep)


def read(text: str) -> tuple[OpenDataContractStandard | None, list[Problem]]:
    """The document, or None and all that keeps it from being one."""
    try:
        content = yaml.load(text, Loader=_StrictLoader)
    except yaml.YAMLError as error:
        return None, [_syntax_problem(error)]
    if not isinstance(content, dict):
        return None, [
            Problem("yaml-syntax", "", "the file is no YAML mapping", fix="start with `version:`, `apiVersion:`, `kind:` and `id:`")
        ]
    problems = list(_structure_problems(content))
    if problems:
        return None, problems
    try:
        return OpenDataContractStandard.model_validate(content), []
    except ModelError as error:
        return None, [Problem("odcs-structure", pointer(each["loc"]), each["msg"], each.get("input")) for each in error.errors()]


def pointer(parts: Sequence[str | int]) -> str:
    """["schema", 0, "name"] as schema[0].name."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts).removeprefix(".")


def custom(properties: Sequence[CustomProperty] | None) -> dict[str, Any]:
    """Custom properties by name."""
    return {each.property: each.value for each in properties or [] if each.property}


def custom_path(parent: str, properties: Sequence[CustomProperty] | None, name: str) -> str:
    """Where the custom property stands, or would stand."""
    for index, each in enumerate(properties or []):
        if each.property == name:
            return f"{parent}.customProperties[{index}].value"
    return f"{parent}.customProperties"


def _syntax_problem(error: yaml.YAMLError) -> Problem:
    mark = getattr(error, "problem_mark", None)
    what = getattr(error, "problem", None) or str(error)
    where = f"line {mark.line + 1}, column {mark.column + 1}" if mark else ""
    return Problem("yaml-syntax", where, str(what), fix="correct the YAML at that place")


@cache
def _standard() -> dict[str, Any]:
    """The standard's JSON schema. It refuses unknown keys, which the Pydantic model drops below the top level."""
    return json.loads(resources.files("open_data_contract_standard").joinpath("schema.json").read_text(encoding="utf-8"))


@cache
def _quick() -> jsonschema_rs.Draft201909Validator:
    return jsonschema_rs.Draft201909Validator(_standard())


def _keeps_the_standard(content: dict[str, Any]) -> bool:
    """In a thousandth of the time in which the other validator finds words for what is wrong: every process reads every contract."""
    try:
        return _quick().is_valid(content)
    except ValueError:  # YAML knows values that JSON does not, such as dates
        return False


def _structure_problems(content: dict[str, Any]) -> Iterator[Problem]:
    if _keeps_the_standard(content):
        return
    seen: set[tuple[str, str]] = set()
    errors = Draft201909Validator(_standard()).iter_errors(content)
    for error in sorted(errors, key=lambda each: [str(part) for part in each.absolute_path]):
        cause: ValidationError = best_match([error]) if error.context else error
        path = pointer(list(cause.absolute_path))
        if (path, cause.message) in seen or (cause.validator == "unevaluatedProperties" and (path, _as_additional(cause)) in seen):
            continue
        seen.add((path, cause.message))
        unknown = cause.validator in ("additionalProperties", "unevaluatedProperties")
        fix = "correct the key's name, or use customProperties" if unknown else "see the Open Data Contract Standard, version 3"
        yield Problem("odcs-structure", path, cause.message, None if unknown else cause.instance, fix)


def _as_additional(error: ValidationError) -> str:
    """The top level forbids unknown keys in two ways and would report each key twice."""
    return error.message.replace("Unevaluated", "Additional", 1)
