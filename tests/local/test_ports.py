from __future__ import annotations

import os
import socket

import pytest

from local import ports
from local.errors import PortTaken
from local.processes import Process, birth_of


@pytest.fixture
def taken() -> int:
    (port,) = ports.free_ports(1)
    with socket.create_server((ports.HOST, port)):
        yield port


def test_a_taken_port_is_named_with_its_setting_and_its_holder(taken: int) -> None:
    with pytest.raises(PortTaken) as raised:
        ports.require_free(taken, part="kafka", setting="HEADWATER_KAFKA_PORT")
    assert f"port {taken}, which kafka needs" in raised.value.what
    assert f"pid {os.getpid()}" in raised.value.what
    assert raised.value.where == "HEADWATER_KAFKA_PORT"


def test_a_port_with_a_lingering_connection_is_free() -> None:
    (port,) = ports.free_ports(1)
    with socket.create_server((ports.HOST, port)) as server, socket.create_connection((ports.HOST, port)) as client:
        accepted, _ = server.accept()
        accepted.close()
        client.recv(1)
    assert ports.is_free(port)


def test_who_listens_is_told_from_who_does_not(taken: int) -> None:
    me = Process(os.getsid(0), birth_of(os.getsid(0)) or "")
    other = Process(1, birth_of(1) or "")
    assert ports.belongs_to(taken, me)
    assert not ports.belongs_to(taken, other)


def test_free_ports_are_different() -> None:
    assert len(set(ports.free_ports(8))) == 8
