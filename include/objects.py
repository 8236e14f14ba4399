"""Small JSON objects on the lake (desired state, actual state, leases, models) with conditional writes. They lie in a folder of the
lake, `_headwater` unless another is named."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import boto3
from botocore.client import BaseClient
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from include.errors import StoreError
from include.settings import LakeSettings

CONTROL = "_headwater"
ANSWER_SECONDS = 8.0


@dataclass(frozen=True)
class Stored:
    """An object as it was read: its value and the tag that a conditional write names."""

    value: dict[str, Any]
    etag: str


@lru_cache(maxsize=8)
def client(lake: LakeSettings, patience_seconds: float = 15.0, tries: int = 3) -> BaseClient:
    """A boto3 S3 client, shared: boto3 clients are thread-safe and slow to make. It waits so long for each word of an answer."""
    retries = {"total_max_attempts": tries, "mode": "standard"}
    return boto3.client(
        "s3",
        endpoint_url=lake.endpoint_url,
        aws_access_key_id=lake.access_key_id,
        aws_secret_access_key=lake.secret_access_key,
        region_name=lake.region,
        config=Config(connect_timeout=5, read_timeout=patience_seconds, retries=retries, s3={"addressing_style": "path"}),
    )


def _key(lake: LakeSettings, name: str, folder: str) -> str:
    return f"{lake.prefix}{folder}/{name}"


def _failed(lake: LakeSettings, key: str, error: Exception) -> StoreError:
    return StoreError(
        f"the object store failed: {error}",
        where=f"{lake.endpoint_url}, {lake.bucket}/{key}",
        fix="see that the store is up, that the bucket exists and that the credentials are right",
    )


def expect_answer(lake: LakeSettings, within_seconds: float = ANSWER_SECONDS) -> None:
    """Asks once, for an object that need not be there, and is content with any answer: a refusal is one. Raises StoreError, of `no_answer`,
    where none comes in time: other calls ask thrice, for longer than a short task has."""
    key = _key(lake, "answer", CONTROL)
    try:
        client(lake, within_seconds, tries=1).get_object(Bucket=lake.bucket, Key=key)
    except ClientError:
        return
    except BotoCoreError as error:
        raise _failed(lake, key, error) from error


def read(lake: LakeSettings, name: str, *, folder: str = CONTROL) -> Stored | None:
    """The object, or None when there is none."""
    key = _key(lake, name, folder)
    try:
        answer = client(lake).get_object(Bucket=lake.bucket, Key=key)
        return Stored(json.loads(answer["Body"].read()), answer["ETag"])
    except ClientError as error:
        if error.response["Error"]["Code"] in ("NoSuchKey", "404"):
            return None
        raise _failed(lake, key, error) from error
    except BotoCoreError as error:
        raise _failed(lake, key, error) from error


def _put(lake: LakeSettings, key: str, value: dict[str, Any], **condition: str) -> str | None:
    try:
        body = json.dumps(value, indent=1, sort_keys=True, default=str).encode()
        answer = client(lake).put_object(Bucket=lake.bucket, Key=key, Body=body, ContentType="application/json", **condition)
        return answer["ETag"]
    except ClientError as error:
        if error.response["Error"]["Code"] in ("PreconditionFailed", "ConditionalRequestConflict", "412", "409"):
            return None
        if condition.get("IfMatch") and error.response["Error"]["Code"] in ("NoSuchKey", "404"):
            return None
        raise _failed(lake, key, error) from error
    except BotoCoreError as error:
        raise _failed(lake, key, error) from error


def write(lake: LakeSettings, name: str, value: dict[str, Any]) -> str:
    """Writes the object whatever was there; its new tag."""
    key = _key(lake, name, CONTROL)
    etag = _put(lake, key, value)
    if etag is None:
        raise _failed(lake, key, RuntimeError("an unconditional write was refused"))
    return etag


def create(lake: LakeSettings, name: str, value: dict[str, Any], *, folder: str = CONTROL) -> str | None:
    """Writes the object if there is none; its tag, or None when somebody was faster."""
    return _put(lake, _key(lake, name, folder), value, IfNoneMatch="*")


def replace(lake: LakeSettings, name: str, value: dict[str, Any], etag: str, *, folder: str = CONTROL) -> str | None:
    """Writes the object if it still is what `etag` names; its new tag, or None when it is not."""
    return _put(lake, _key(lake, name, folder), value, IfMatch=etag)
