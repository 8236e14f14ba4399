"""The jars of jars.lock: fetched once into the cache, each checked against its SHA-256."""

from __future__ import annotations

import hashlib
import http.client
import os
import shutil
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from local.errors import DownloadFailed
from local.settings import REPOSITORY

LOCK = REPOSITORY / "jars.lock"
SETS = ("kafka", "spark")
_ATTEMPTS = 3
_TIMEOUT_SECONDS = 60
_THREADS = 8


@dataclass(frozen=True)
class Jar:
    """One line of the lock. `path` is below the repository's address, `size` in bytes."""

    set: str
    path: str
    sha256: str
    size: int

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]


@dataclass(frozen=True)
class Lock:
    """All jars, and the address of the repository that they come from."""

    repository: str
    jars: tuple[Jar, ...]

    @classmethod
    def read(cls, path: Path = LOCK) -> Lock:
        repository, jars = "", []
        for number, line in enumerate(path.read_text().splitlines(), start=1):
            words = line.split()
            if not words or words[0].startswith("#"):
                continue
            if words[:2] == ["repository", "="] and len(words) == 3:
                repository = words[2].rstrip("/")
            elif len(words) == 4 and words[0] in SETS:
                jars.append(Jar(words[0], words[1], words[2], int(words[3])))
            else:
                raise DownloadFailed("a line of the lock cannot be read", where=f"{path}:{number}", value=line, fix="restore the file")
        return cls(repository, tuple(jars))

    def of(self, name: str) -> tuple[Jar, ...]:
        return tuple(jar for jar in self.jars if jar.set == name)


def directory(cache: Path, name: str) -> Path:
    """Where the jars of a set are, flat."""
    return cache / "jars" / name


def class_path(cache: Path, name: str, lock: Lock | None = None) -> str:
    """The jars of a set, and no other that an older lock may have left in the cache, as a Java class path."""
    return os.pathsep.join(str(directory(cache, name) / jar.name) for jar in (lock or Lock.read()).of(name))


def link(cache: Path, name: str, target: Path, lock: Lock | None = None) -> None:
    """Make `target` a folder of the set's jars and no others, for programs that take a folder."""
    wanted = {jar.name for jar in (lock or Lock.read()).of(name)}
    target.mkdir(parents=True, exist_ok=True)
    for path in target.iterdir():
        if path.name not in wanted or path.readlink() != directory(cache, name) / path.name:
            path.unlink()
    for jar in wanted.difference(path.name for path in target.iterdir()):
        (target / jar).symlink_to(directory(cache, name) / jar)


def missing(cache: Path, name: str, lock: Lock) -> list[Jar]:
    """The jars of a set that are not in the cache, or are not what the lock says: cut short, or changed."""
    return [jar for jar in lock.of(name) if not _is_whole(directory(cache, name) / jar.name, jar)]


def fetch(
    cache: Path, name: str, *, url: str | None = None, lock: Lock | None = None, progress: Callable[[int, int], None] | None = None
) -> int:
    """Bring the set into the cache; returns how many jars had to be fetched. Progress is told (jars done, jars to fetch)."""
    lock = lock or Lock.read()
    wanted = missing(cache, name, lock)
    target = directory(cache, name)
    target.mkdir(parents=True, exist_ok=True)
    repository = (url or lock.repository).rstrip("/")
    with ThreadPoolExecutor(_THREADS) as threads:
        for done, _ in enumerate(threads.map(lambda jar: _fetch_one(repository, jar, target), wanted), start=1):
            if progress:
                progress(done, len(wanted))
    return len(wanted)


def _fetch_one(repository: str, jar: Jar, target: Path) -> None:
    address = f"{repository}/{jar.path}"
    partial = target / f".{jar.name}.{os.getpid()}"
    try:
        _download(address, partial, jar.size)
        found = _sha256(partial)
        if found != jar.sha256:
            raise DownloadFailed(
                "the file is not the one that jars.lock names (SHA-256 differs)",
                where=address,
                value=found,
                fix=f"expected {jar.sha256}; check the repository (HEADWATER_MAVEN_URL), then repeat `make up`",
            )
        partial.replace(target / jar.name)
    finally:
        partial.unlink(missing_ok=True)


def _download(address: str, partial: Path, size: int) -> None:
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            with urllib.request.urlopen(address, timeout=_TIMEOUT_SECONDS) as response, partial.open("wb") as file:
                shutil.copyfileobj(response, file, 1 << 20)
            if attempt == _ATTEMPTS or partial.stat().st_size >= size:
                return
        except (OSError, http.client.HTTPException) as error:
            final = isinstance(error, urllib.error.HTTPError) and error.code < 500
            if final or attempt == _ATTEMPTS:
                raise DownloadFailed(
                    f"cannot fetch a jar: {error}",
                    where=address,
                    fix="check the network, or set HEADWATER_MAVEN_URL to a mirror, and repeat `make up`",
                ) from error


def _is_whole(path: Path, jar: Jar) -> bool:
    return path.is_file() and path.stat().st_size == jar.size and _sha256(path) == jar.sha256


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    for block in _blocks(path):
        digest.update(block)
    return digest.hexdigest()


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            yield block
