"""MinIO: the S3 store of the embedded stack. Nothing else uses a call that only MinIO has."""

from __future__ import annotations

import urllib.request
from pathlib import Path

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from include.settings import LakeSettings
from local import minio_binary
from local.credentials import ACCESS_KEY_ID
from local.errors import PartFailed
from local.parts.part import Part
from local.stack import Stack


def prepare(stack: Stack) -> None:
    _directory(stack).mkdir(parents=True, exist_ok=True)


def part(stack: Stack) -> Part:
    ports = stack.settings.ports
    secrets = {"MINIO_ROOT_USER": ACCESS_KEY_ID, "MINIO_ROOT_PASSWORD": stack.credentials.s3_secret_access_key}
    quiet = {"MINIO_BROWSER_LOGIN_ANIMATION": "off", "MINIO_UPDATE": "off", "MINIO_SCANNER_SPEED": "slowest"}
    return Part(
        name="minio",
        command=(
            str(minio_binary.find(stack.settings.cache) or minio_binary.cached(stack.settings.cache)),
            "server",
            str(_directory(stack)),
            "--quiet",
            "--address",
            f"127.0.0.1:{ports.s3}",
            "--console-address",
            f"127.0.0.1:{ports.s3_console}",
        ),
        environment={**stack.base_environment(), **secrets, **quiet},
        answers=lambda: _answers(ports.s3),
        directory=stack.settings.home,
    )


def create_bucket(lake: LakeSettings) -> bool:
    """Create the lake's bucket; False when it is there already."""
    client = boto3.client(
        "s3",
        endpoint_url=lake.endpoint_url,
        aws_access_key_id=lake.access_key_id,
        aws_secret_access_key=lake.secret_access_key,
        region_name=lake.region,
        config=Config(retries={"max_attempts": 5}, s3={"addressing_style": "path"}),
    )
    try:
        client.create_bucket(Bucket=lake.bucket)
        return True
    except (client.exceptions.BucketAlreadyOwnedByYou, client.exceptions.BucketAlreadyExists):
        return False
    except (ClientError, BotoCoreError) as error:
        raise PartFailed(
            f"the bucket cannot be created: {error}", where=lake.endpoint_url, value=lake.bucket, fix="see the log of the store"
        ) from error


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/minio/health/ready", timeout=2) as response:
            return response.status == 200
    except OSError:
        return False


def _directory(stack: Stack) -> Path:
    return stack.settings.data / "minio"
