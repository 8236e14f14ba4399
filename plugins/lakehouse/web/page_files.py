"""The files of the page: our own, and the library of charts. Nothing is loaded from elsewhere."""

from __future__ import annotations

import hashlib
from pathlib import Path

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import FileResponse

_FOLDER = Path(__file__).parent / "page"
_FILES = {path.name: path for path in sorted(_FOLDER.rglob("*")) if path.suffix in (".js", ".svg")}
_TAGS = {name: f'"{hashlib.sha256(path.read_bytes()).hexdigest()}"' for name, path in _FILES.items()}
router = APIRouter(prefix="/page", include_in_schema=False)


@router.get("/{name}")
def show_file(name: str, request: Request) -> Response:
    """One of those files; a browser asks each time whether its copy is still the newest, and is sent it only where it is not."""
    if name not in _FILES:
        raise HTTPException(404, "there is no such file")
    headers = {"Cache-Control": "no-cache", "ETag": _TAGS[name]}
    if request.headers.get("If-None-Match", "").removeprefix("W/") == _TAGS[name]:
        return Response(status_code=304, headers=headers)
    return FileResponse(_FILES[name], headers=headers)
