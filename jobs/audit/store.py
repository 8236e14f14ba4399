"""What lies in the store below a table, and the means to read it: objects with their tags, and files by their path in the table."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import boto3
import pyarrow.fs
from botocore.client import BaseClient
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from deltalake.fs import DeltaStorageHandler

from include.errors import StoreError
from include.settings import LakeSettings

LOG = "_delta_log/"
_AFTER_LOG = "_delta_log0"  # "0" comes right after "/"


@dataclass(frozen=True)
class Stored:
    """An object as the store has it now: its size in bytes, and a tag that is another once its content was written again."""

    size: int
    etag: str


def filesystem(lake: LakeSettings, address: str) -> pyarrow.fs.FileSystem:
    """The files of the table, by their path in it."""
    return pyarrow.fs.PyFileSystem(DeltaStorageHandler(lake.table_uri(address), options=lake.delta_options()))


def data_objects(lake: LakeSettings, address: str) -> dict[str, Stored]:
    """Path in the table → object, of all that is not the table's log."""
    if not _is_s3(lake, address):
        return dict(_in_folder(Path(lake.table_uri(address)), ""))
    found = {path: stored for path, stored in _listed(lake, address, "") if not path.startswith(LOG)}
    return found | dict(_listed(lake, address, _AFTER_LOG))


def log_names(lake: LakeSettings, address: str, after: str) -> list[str]:
    """The names in the table's log that come after this one, in order."""
    if not _is_s3(lake, address):
        return sorted(entry.name for entry in (Path(lake.table_uri(address)) / LOG).iterdir() if entry.name > after)
    return sorted(path.removeprefix(LOG) for path, _ in _listed(lake, address, LOG + after) if path.startswith(LOG))


def _is_s3(lake: LakeSettings, address: str) -> bool:
    return lake.table_uri(address).startswith("s3://")


def _in_folder(folder: Path, prefix: str) -> Iterator[tuple[str, Stored]]:
    for entry in os.scandir(folder):
        path = prefix + entry.name
        if entry.is_file():
            seen = entry.stat()
            yield path, Stored(seen.st_size, f"{seen.st_mtime_ns}-{seen.st_ino}")
        elif f"{path}/" != LOG:
            yield from _in_folder(Path(entry.path), f"{path}/")


@lru_cache(maxsize=4)
def _client(endpoint: str, key: str, secret: str, region: str) -> BaseClient:
    return boto3.client(
        "s3",
        endpoint_url=endpoint,
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        region_name=region,
        config=Config(connect_timeout=5, read_timeout=30, retries={"max_attempts": 3, "mode": "standard"}, s3={"addressing_style": "path"}),
    )


def _listed(lake: LakeSettings, address: str, after: str) -> Iterator[tuple[str, Stored]]:
    """The table's objects after that path, in order; a listing that comes upon the log ends with the log's first object."""
    prefix = lake.table_uri(address).removeprefix(f"s3://{lake.bucket}/") + "/"
    client = _client(lake.endpoint_url, lake.access_key_id, lake.secret_access_key, lake.region)
    asked = {"Bucket": lake.bucket, "Prefix": prefix} | ({"StartAfter": prefix + after} if after else {})
    try:
        for page in client.get_paginator("list_objects_v2").paginate(**asked):
            for entry in page.get("Contents", ()):
                path = entry["Key"].removeprefix(prefix)
                yield path, Stored(entry["Size"], entry["ETag"].strip('"'))
                if path.startswith(LOG) and not after:
                    return
    except (ClientError, BotoCoreError) as error:
        where = f"{lake.endpoint_url}, {lake.table_uri(address)}"
        raise StoreError(f"the table's objects cannot be listed: {error}", where=where, fix="see that the store is up") from error
