"""Who listens on a port of 127.0.0.1."""

from __future__ import annotations

import random
import socket

import psutil

from local.errors import PortTaken
from local.processes import Process, session_of

HOST = "127.0.0.1"
NOBODY = f"{HOST}:1"  # where nobody answers
_UNASSIGNED = (20_000, 32_000)


def is_free(port: int) -> bool:
    """Whether a server could listen on the port now. A connection that lingers after a server's end does not count."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return not answers(port)


def answers(port: int) -> bool:
    """Whether somebody accepts connections on the port."""
    try:
        with socket.create_connection((HOST, port), timeout=1):
            return True
    except OSError:
        return False


def free_ports(count: int) -> list[int]:
    """Different ports that are free now.

    They are below those that the system gives to outgoing connections, one of which could take it meanwhile.
    """
    found: list[int] = []
    for port in random.sample(range(*_UNASSIGNED), k=len(range(*_UNASSIGNED))):
        if len(found) == count:
            break
        if is_free(port):
            found.append(port)
    return found


def holder(port: int) -> psutil.Process | None:
    """The process that listens on the port; None when nobody does, or when the system does not tell."""
    try:
        connections = psutil.net_connections(kind="tcp")
    except psutil.AccessDenied:
        return None
    for connection in connections:
        if connection.status == psutil.CONN_LISTEN and connection.laddr.port == port and connection.pid:
            return psutil.Process(connection.pid)
    return None


def belongs_to(port: int, process: Process) -> bool:
    """Whether the process, or one of its session, listens on the port. True also when the system does not tell."""
    owner = holder(port)
    return owner is None or owner.pid in {member.pid for member in session_of(process)}


def require_free(port: int, *, part: str, setting: str) -> None:
    """PortTaken, with port, setting and holder, unless the port is free."""
    if not is_free(port):
        raise PortTaken(
            f"port {port}, which {part} needs, is taken by {describe_holder(port)}",
            where=setting,
            fix=f"stop that program, or choose another port: {setting}=<port> make up",
        )


def describe_holder(port: int) -> str:
    """The holder in words: `python3 (pid 4711)`."""
    owner = holder(port)
    if owner is None:
        return "another program"
    try:
        return f"{owner.name()} (pid {owner.pid})"
    except psutil.Error:
        return f"pid {owner.pid}"
