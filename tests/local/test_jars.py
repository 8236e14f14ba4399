from __future__ import annotations

import functools
import hashlib
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from local import jars
from local.errors import DownloadFailed
from local.jars import Jar, Lock

CONTENT = b"a jar of class files" * 100
PATH = "org/example/tool/1.0/tool-1.0.jar"


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[str]:
    """A Maven repository with one jar, over HTTP."""
    file = tmp_path / "repository" / PATH
    file.parent.mkdir(parents=True)
    file.write_bytes(CONTENT)
    handler = functools.partial(Quiet, directory=str(tmp_path / "repository"))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def lock(url: str, content: bytes = CONTENT, path: str = PATH) -> Lock:
    return Lock(url, (Jar("kafka", path, hashlib.sha256(content).hexdigest(), len(content)),))


def cached(cache: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in jars.directory(cache, "kafka").iterdir()}


def test_a_jar_is_fetched_once(repository: str, tmp_path: Path) -> None:
    assert jars.fetch(tmp_path, "kafka", lock=lock(repository)) == 1
    assert jars.fetch(tmp_path, "kafka", lock=lock("http://nowhere.invalid")) == 0
    assert cached(tmp_path) == {"tool-1.0.jar": CONTENT}


@pytest.mark.parametrize("damaged", [b"", CONTENT[:100], CONTENT[:-1] + b"X"])
def test_a_damaged_jar_in_the_cache_is_replaced(repository: str, tmp_path: Path, damaged: bytes) -> None:
    jars.fetch(tmp_path, "kafka", lock=lock(repository))
    (jars.directory(tmp_path, "kafka") / "tool-1.0.jar").write_bytes(damaged)
    assert jars.fetch(tmp_path, "kafka", lock=lock(repository)) == 1
    assert cached(tmp_path) == {"tool-1.0.jar": CONTENT}


def test_another_file_than_the_locked_one_is_refused_and_not_kept(repository: str, tmp_path: Path) -> None:
    with pytest.raises(DownloadFailed) as raised:
        jars.fetch(tmp_path, "kafka", lock=lock(repository, content=b"what the lock was made from"))
    assert "SHA-256 differs" in raised.value.what
    assert raised.value.where == f"{repository}/{PATH}"
    assert raised.value.value == hashlib.sha256(CONTENT).hexdigest()
    assert cached(tmp_path) == {}


def test_a_jar_that_is_not_there_names_its_address(repository: str, tmp_path: Path) -> None:
    with pytest.raises(DownloadFailed, match="404") as raised:
        jars.fetch(tmp_path, "kafka", lock=lock(repository, path="org/example/none.jar"))
    assert raised.value.where == f"{repository}/org/example/none.jar"


def test_a_mirror_takes_the_place_of_the_locked_repository(repository: str, tmp_path: Path) -> None:
    assert jars.fetch(tmp_path, "kafka", lock=lock("http://nowhere.invalid"), url=f"{repository}/") == 1


def test_the_class_path_has_the_locked_jars_alone(repository: str, tmp_path: Path) -> None:
    jars.fetch(tmp_path, "kafka", lock=lock(repository))
    (jars.directory(tmp_path, "kafka") / "tool-0.9.jar").write_bytes(b"of an older lock")
    assert jars.class_path(tmp_path, "kafka", lock(repository)) == str(jars.directory(tmp_path, "kafka") / "tool-1.0.jar")


def test_a_folder_of_the_locked_jars_alone_follows_the_lock(repository: str, tmp_path: Path) -> None:
    jars.fetch(tmp_path, "kafka", lock=lock(repository))
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "tool-0.9.jar").symlink_to(tmp_path / "gone.jar")
    for _ in range(2):
        jars.link(tmp_path, "kafka", folder, lock(repository))
        assert {path.name: path.read_bytes() for path in folder.iterdir()} == {"tool-1.0.jar": CONTENT}


def test_a_broken_line_of_the_lock_is_named(tmp_path: Path) -> None:
    (tmp_path / "jars.lock").write_text("# a comment\nrepository = https://example.org\nkafka only-a-path\n")
    with pytest.raises(DownloadFailed) as raised:
        Lock.read(tmp_path / "jars.lock")
    assert raised.value.where == f"{tmp_path / 'jars.lock'}:3"


def test_the_repositorys_own_lock_is_sound() -> None:
    own = Lock.read()
    assert {jar.set for jar in own.jars} == set(jars.SETS)
    for name in jars.SETS:
        names = [jar.name for jar in own.of(name)]
        assert len(names) == len(set(names))
    assert all(len(jar.sha256) == 64 and jar.size > 0 and jar.name.endswith(".jar") for jar in own.jars)
