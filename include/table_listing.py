"""Which tables there are on the lake, by its folders. No Spark, and no table is opened."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from botocore.exceptions import BotoCoreError, ClientError

from include.errors import StoreError
from include.objects import client
from include.settings import LAYERS, LakeSettings

_THREADS = 8


def all_tables(lake: LakeSettings, layers: Sequence[str] = LAYERS) -> list[str]:
    """The addresses of the layers' tables, in the order in which data flows. Raises StoreError when the store does not answer."""
    with ThreadPoolExecutor(_THREADS) as threads:
        return [address for found in threads.map(lambda layer: tables_of_layer(lake, layer), layers) for address in found]


def tables_of_layer(lake: LakeSettings, layer: str) -> list[str]:
    """The addresses of the layer's tables, by name. Raises StoreError when the store does not answer."""
    pages = client(lake).get_paginator("list_objects_v2").paginate(Bucket=lake.bucket, Prefix=f"{lake.prefix}{layer}/", Delimiter="/")
    try:
        folders = [folder["Prefix"] for page in pages for folder in page.get("CommonPrefixes", ())]
    except (ClientError, BotoCoreError) as error:
        raise StoreError(
            f"the tables cannot be listed: {error}", where=f"{lake.endpoint_url}, {lake.uri}/{layer}", fix="see `headwater status`"
        ) from error
    return sorted(f"{layer}.{folder.rstrip('/').rpartition('/')[2]}" for folder in folders)
