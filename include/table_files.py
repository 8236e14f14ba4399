"""The files in a table's folder, whatever its log says of them. No Spark."""

from __future__ import annotations

from pathlib import Path

from deltalake.exceptions import DeltaError
from deltalake.fs import DeltaStorageHandler
from pyarrow.fs import FileSelector, PyFileSystem

from include.errors import StoreError
from include.settings import LakeSettings


def filesystem(lake: LakeSettings, address: str) -> PyFileSystem:
    """The files of the table, by their path in it."""
    return PyFileSystem(DeltaStorageHandler(lake.table_uri(address), options=lake.delta_options()))


def data_files(lake: LakeSettings, address: str) -> list[str]:
    """The paths of the Parquet files that lie in the table's days, sorted; none where there is no folder. Raises StoreError."""
    if (folder := Path(lake.table_uri(address))).is_absolute() and not folder.exists():  # unlike a store's, it has to be there
        return []
    try:
        found = filesystem(lake, address).get_file_info(FileSelector("", allow_not_found=True, recursive=True))
    except (DeltaError, OSError) as error:
        fix = "see that the store is up and the credentials are right"
        raise StoreError(f"the files cannot be listed: {error}", where=lake.table_uri(address), fix=fix) from error
    return sorted(each.path for each in found if each.path.endswith(".parquet") and not each.path.startswith("_delta_log"))
