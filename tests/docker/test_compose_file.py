"""What every service of docker-compose.yml has, and what none has."""

from __future__ import annotations

import re
from typing import Any

import pytest

from local.containers.secrets import FURTHER, WITHOUT, compose_name
from local.credentials import Credentials
from tests.docker.composed import COMPOSE, ROOT, SERVICES, TEXT, VARIABLE, with_defaults

SECRET = re.compile(r"SECRET|PASSWORD(?!S_FILE)|TOKEN|FERNET|API_KEY|ACCESS_KEY(?!_ID)|SQL_ALCHEMY_CONN|AIRFLOW_CONN")
REQUIRED = "run make compose-secrets"
PULLED = {"grafana"}  # whose image no package registry has
OPTIONAL = {"CRYPTO_API_KEY"}  # a key of somebody's own, for an API that asks none
GENERATED = {compose_name(name) for name in Credentials.known_or_new({}).variables() if name not in WITHOUT} | set(FURTHER)
Service = dict[str, Any]


def problems(service: Service) -> list[str]:
    """What a service lacks, or has and should not."""
    limits = service.get("deploy", {}).get("resources", {}).get("limits", {})
    user = str(service.get("user", "0")).split(":")[0]
    found = {
        "has no health check": not service.get("healthcheck", {}).get("test"),
        "has no limits": not {"cpus", "memory", "pids"} <= limits.keys(),
        "is not restarted": service.get("restart") != "unless-stopped",
        "runs as root": user in ("0", "root"),
        "has a root that can be written": service.get("read_only") is not True,
        "keeps capabilities": service.get("cap_drop") != ["ALL"],
        "may gain privileges": "no-new-privileges:true" not in service.get("security_opt", []),
        "has more rights than others": any(name in service for name in ("privileged", "cap_add", "network_mode", "pid", "devices")),
        "has a log without end": "max-size" not in service.get("logging", {}).get("options", {}),
        "sees the machine": any(str(each).startswith(("/var/run", "/:", "/etc:")) for each in service.get("volumes", [])),
    }
    problems = [what for what, is_so in found.items() if is_so]
    problems += [f"publishes {port} beyond 127.0.0.1" for port in service.get("ports", []) if not str(port).startswith("127.0.0.1:")]
    return problems + [
        f"has a literal secret, {name}" for name, value in service.get("environment", {}).items() if _is_literal(name, str(value))
    ]


def _is_literal(name: str, value: str) -> bool:
    required = [found[1] for found in VARIABLE.finditer(value) if found[3] == REQUIRED]
    return bool(SECRET.search(name)) and name not in OPTIONAL and not (required and set(required) <= GENERATED)


@pytest.mark.parametrize("name", SERVICES)
def test_service_is_closed_limited_and_looked_after(name: str) -> None:
    assert problems(SERVICES[name]) == []


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"healthcheck": {}}, "has no health check"),
        ({"deploy": {"resources": {"limits": {"cpus": "1", "memory": "1g"}}}}, "has no limits"),
        ({"restart": "no"}, "is not restarted"),
        ({"user": "0:0"}, "runs as root"),
        ({"read_only": False}, "has a root that can be written"),
        ({"cap_drop": []}, "keeps capabilities"),
        ({"security_opt": []}, "may gain privileges"),
        ({"cap_add": ["NET_ADMIN"]}, "has more rights than others"),
        ({"logging": {}}, "has a log without end"),
        ({"volumes": ["/var/run/docker.sock:/docker.sock"]}, "sees the machine"),
        ({"ports": ["8080:8080"]}, "publishes 8080:8080 beyond 127.0.0.1"),
        ({"ports": ["0.0.0.0:8080:8080"]}, "publishes 0.0.0.0:8080:8080 beyond 127.0.0.1"),
        ({"environment": {"MINIO_ROOT_PASSWORD": "minio123"}}, "has a literal secret, MINIO_ROOT_PASSWORD"),
        ({"environment": {"A_TOKEN": "${A_TOKEN:-default}"}}, "has a literal secret, A_TOKEN"),
        ({"environment": {"A_TOKEN": f"${{OF_NOBODY:?{REQUIRED}}}"}}, "has a literal secret, A_TOKEN"),
    ],
)
def test_what_a_service_lacks_is_found(change: Service, found: str) -> None:
    assert problems(SERVICES["minio"] | change) == [found]


def test_secrets_that_it_asks_for_are_generated_and_all_of_them_are_used() -> None:
    asked = {found[1] for found in VARIABLE.finditer(TEXT) if found[3] == REQUIRED}
    assert asked == GENERATED


def test_every_volume_and_network_that_is_named_is_declared() -> None:
    volumes = [str(each).split(":")[0] for service in SERVICES.values() for each in service.get("volumes", [])]
    assert {each for each in volumes if not each.startswith((".", "/"))} == COMPOSE["volumes"].keys()
    assert {name for service in SERVICES.values() for name in service["networks"]} == COMPOSE["networks"].keys()


def test_data_lies_in_named_volumes() -> None:
    keepers = {"postgres", "minio", "kafka", "kafka-2", "kafka-3", "mail", "prometheus"}
    assert {name for name, service in SERVICES.items() if f"{name}:/data" in service.get("volumes", [])} == keepers


def test_everything_is_built_here_but_what_no_registry_has() -> None:
    built = {service["image"]: service["build"]["target"] for service in SERVICES.values() if "build" in service}
    assert {name for name, service in SERVICES.items() if service["image"] not in built} == PULLED
    assert {name for name, service in SERVICES.items() if service["pull_policy"] != "never"} == PULLED
    assert all("profiles" in SERVICES[name] for name in PULLED)  # or `docker compose up -d` would end where it cannot be had
    stages = set(re.findall(r"^FROM \S+ AS (\S+)$", (ROOT / "docker/Dockerfile").read_text(), re.MULTILINE))
    assert set(built.values()) <= stages


def test_published_ports_differ_and_are_settings() -> None:
    ports = [str(port) for service in SERVICES.values() for port in service.get("ports", [])]
    assert all(VARIABLE.search(port) for port in ports)
    published = [with_defaults(port).split(":")[1] for port in ports]
    assert len(set(published)) == len(published)


def test_only_airflow_reaches_its_metadata() -> None:
    inside = {name for name, service in SERVICES.items() if "metadata" in service["networks"]}
    assert inside == {"postgres", *(name for name in SERVICES if name.startswith("airflow-"))}
    assert SERVICES["postgres"]["networks"] == ["metadata"]
    assert COMPOSE["networks"]["metadata"] == {"internal": True}
