"""Models on the lake: `models/<name>/<version>/model.json` is one that was learned, and stays as it is; `models/<name>/serving.json`
says which of them serves. It is written after the model, by a conditional put: what it names is whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from include import objects
from include.errors import StoreError
from include.settings import LakeSettings

FOLDER = "models"


@dataclass(frozen=True)
class Serving:
    """Which version serves, and the tag by which it is replaced."""

    version: str
    etag: str


def folder_uri(lake: LakeSettings, name: str, version: str) -> str:
    """The address of the version's folder, as Spark wants it."""
    return lake.spark_uri(f"{FOLDER}/{name}/{version}")


def keep(lake: LakeSettings, name: str, version: str, model: dict[str, Any]) -> None:
    """Writes the model unless it is there. Idempotent: a version is named after all that it was made from."""
    objects.create(lake, f"{name}/{version}/model.json", model, folder=FOLDER)


def load(lake: LakeSettings, name: str, version: str) -> dict[str, Any]:
    """The model; StoreError where there is none of that version."""
    stored = objects.read(lake, f"{name}/{version}/model.json", folder=FOLDER)
    if stored is None:
        fix = f"put the file back, or remove {FOLDER}/{name}/serving.json: until the next training no model serves then"
        raise StoreError("there is no such model", where=f"{lake.uri}/{FOLDER}/{name}", value=version, fix=fix)
    return stored.value


def serving(lake: LakeSettings, name: str) -> Serving | None:
    """What serves now; None while nothing does."""
    stored = objects.read(lake, f"{name}/serving.json", folder=FOLDER)
    return None if stored is None else Serving(stored.value["model_version"], stored.etag)


def serve(lake: LakeSettings, name: str, version: str, instead_of: Serving | None) -> bool:
    """Makes the version serve; False when something else serves by now than what it was to replace."""
    pointer = {"model_version": version}
    if instead_of is None:
        return objects.create(lake, f"{name}/serving.json", pointer, folder=FOLDER) is not None
    return objects.replace(lake, f"{name}/serving.json", pointer, instead_of.etag, folder=FOLDER) is not None
