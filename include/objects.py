"""Small JSON objects on the lake (desired state, actual state, leases) with conditional writes."""

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


@dataclass(frozen=True)
class Stored:
    """An object as it was read: its value and the tag that a conditional write names."""

    value: dict[str, Any]
    etag: str


@lru_cache(maxsize=8)
def client(lake: LakeSettings) -> BaseClient:
    """A boto3 S3 client, shared: boto3 clients are thread-safe and slow to make."""
    return boto3.client(
        "s3",
        endpoint_url=lake.endpoint_url,
        aws_access_key_id=lake.access_key_id,
        aws_secret_access_key=lake.secret_access_key,
        region_name=lake.region,
        config=Config(connect_timeout=5, read_timeout=15, retries={"max_attempts": 3, "mode": "standard"}, s3={"addressing_style": "path"}),
    )


def _key(lake: LakeSettings, name: str) -> str:
    return f"{lake.prefix}{CONTROL}/{name}"


def _failed(lake: LakeSettings, name: str, error: Exception) -> StoreError:
    return StoreError(
        f"the object store failed: {error}",
        where=f"{lake.endpoint_url}, {lake.bucket}/{_key(lake, name)}",
        fix="see that the store is up, that the bucket exists and that the credentials are right",
    )


def read(lake: LakeSettings, name: str) -> Stored | None:
    """The object, or None when there is none."""
    try:
        answer = client(lake).get_object(Bucket=lake.bucket, Key=_key(lake, name))
        return Stored(json.loads(answer["Body"].read()), answer["ETag"])
    except ClientError as error:
        if error.response["Error"]["Code"] in ("NoSuchKey", "404"):
            return None
        raise _failed(lake, name, error) from error
    except BotoCoreError as error:
        raise _failed(lake, name, error) from error


def _put(lake: LakeSettings, name: str, value: dict[str, Any], **condition: str) -> str | None:
    try:
        body = json.dumps(value, indent=1, sort_keys=True, default=str).encode()
        answer = client(lake).put_object(Bucket=lake.bucket, Key=_key(lake, name), Body=body, ContentType="application/json", **condition)
        return answer["ETag"]
    except ClientError as error:
        if error.response["Error"]["Code"] in ("PreconditionFailed", "ConditionalRequestConflict", "412", "409"):
            return None
        if condition.get("IfMatch") and error.response["Error"]["Code"] in ("NoSuchKey", "404"):
            return None
        raise _failed(lake, name, error) from error
    except BotoCoreError as error:
        raise _failed(lake, name, error) from error


def write(lake: LakeSettings, name: str, value: dict[str, Any]) -> str:
    """Writes the object whatever was there; its new tag."""
    etag = _put(lake, name, value)
    if etag is None:
        raise _failed(lake, name, RuntimeError("an unconditional write was refused"))
    return etag


def create(lake: LakeSettings, name: str, value: dict[str, Any]) -> str | None:
    """Writes the object if there is none; its tag, or None when somebody was faster."""
    return _put(lake, name, value, IfNoneMatch="*")


def replace(lake: LakeSettings, name: str, value: dict[str, Any], etag: str) -> str | None:
    """Writes the object if it still is what `etag` names; its new tag, or None when it is not."""
    return _put(lake, name, value, IfMatch=etag)
