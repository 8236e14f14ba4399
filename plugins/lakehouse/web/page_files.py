"""The files of the page: our own, and the library of charts. Nothing is loaded from elsewhere."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter, HTTPException
from fastapi.responses import FileResponse

_FOLDER = Path(__file__).parent / "page"
_FILES = {path.name: path for path in sorted(_FOLDER.rglob("*")) if path.suffix in (".js", ".svg")}
router = APIRouter(prefix="/page", include_in_schema=False)


@router.get("/{name}")
def show_file(name: str) -> FileResponse:
    """One of those files; a browser asks each time whether its copy is still the newest."""
    if name not in _FILES:
        raise HTTPException(404, "there is no such file")
    return FileResponse(_FILES[name], headers={"Cache-Control": "no-cache"})
