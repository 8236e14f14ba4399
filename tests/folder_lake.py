"""A lake of folders, as the `lake` fixture is, whose models and other small objects lie in a store that speaks S3."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from include.settings import LakeSettings
from tests.s3 import S3


@dataclass(frozen=True)
class FolderLake(LakeSettings):
    """Tables below `folder`, for Spark and delta-rs; objects at the address of the store."""

    folder: str = ""

    @classmethod
    def beside(cls, store: S3, folder: Path) -> FolderLake:
        lake = store.lake
        return cls(f"s3://lake/{folder.name}", lake.endpoint_url, lake.access_key_id, lake.secret_access_key, folder=str(folder))

    def table_uri(self, address: str) -> str:
        return super().table_uri(address).replace(self.uri, self.folder, 1)

    def spark_uri(self, path: str) -> str:
        return f"{self.folder}/{path}"
