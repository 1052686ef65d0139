"""A throw-away PostgreSQL: its own cluster, on a free loopback port, without fsync."""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import subprocess
from pathlib import Path

import psycopg

from tests.machine.ports import free_port
from tests.machine.run_folder import locked, run_folder

ROLE = "hookdesk"
# What is committed survives the server's crash, but not the machine's: nobody waits for the disk.
# The rest is as PostgreSQL ships it.
OPTIONS = {
    "fsync": "off",
    "full_page_writes": "off",
    "max_connections": "200",
    "listen_addresses": "127.0.0.1",
    "timezone": "UTC",
    "log_min_messages": "warning",
}
_numbers = itertools.count(1)


class Cluster:
    """One PostgreSQL server with its data in a folder."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.port = port

    @classmethod
    def make(cls, folder: Path) -> Cluster:
        """Make and start a cluster in a new folder, whose parents any user may enter."""
        folder.mkdir(parents=True)
        if os.geteuid() == 0:
            shutil.chown(folder, *_other_user())
        cluster = cls(folder, free_port())
        initdb = ["initdb", "-D", str(folder / "data"), "-U", ROLE, "-A", "trust", "-E", "UTF8"]
        _run(*initdb, "--locale=C", "--no-sync", "--no-instructions")
        cluster.start()
        return cluster

    def start(self) -> None:
        """Start it and wait until it takes connections."""
        options = {**OPTIONS, "port": str(self.port), "unix_socket_directories": str(self.folder)}
        line = " ".join(f"-c {name}={value}" for name, value in options.items())
        log = str(self.folder / "log")
        _run("pg_ctl", "start", "-w", "-s", "-D", str(self.folder / "data"), "-l", log, "-o", line)

    def stop(self, mode: str = "immediate") -> None:
        """Stop it: "immediate" is a crash, "fast" breaks off connections, "smart" waits for them."""
        _run("pg_ctl", "stop", "-w", "-s", "-D", str(self.folder / "data"), "-m", mode)

    def url(self, database: str) -> str:
        """The DATABASE_URL of one of its databases."""
        return f"postgresql://{ROLE}@127.0.0.1:{self.port}/{database}"

    def create(self, template: str = "template1") -> str:
        """Make a database, copied from `template`. Returns its name."""
        name = f"t{os.getpid()}_{next(_numbers)}"
        self._say(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return name

    def has(self, database: str) -> bool:
        """True if it has that database."""
        with psycopg.connect(self.url("postgres")) as connection:
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database])
            return found.fetchone() is not None

    def rename(self, old: str, new: str) -> None:
        """Give a database another name."""
        self._say(f'ALTER DATABASE "{old}" RENAME TO "{new}"')

    def drop(self, database: str) -> None:
        """Remove a database, whoever still uses it."""
        self._say(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')

    def _say(self, statement: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement.encode())


def shared_cluster() -> Cluster:
    """The cluster of this test run. Whoever asks first starts it."""
    folder = run_folder() / "postgres"
    port_file = folder.with_suffix(".port")
    with locked("postgres"):
        if not port_file.exists():
            cluster = Cluster.make(folder)
            _end_with_run(cluster)
            port_file.write_text(str(cluster.port))
        return Cluster(folder, int(port_file.read_text()))


def own_cluster() -> Cluster:
    """A new cluster for one test, which may crash it and stops it in the end."""
    return Cluster.make(run_folder() / f"postgres-{os.getpid()}-{next(_numbers)}")


def stop_shared_cluster() -> None:
    """At the end of the run."""
    if (run_folder() / "postgres.port").exists():
        shared_cluster().stop()


def _end_with_run(cluster: Cluster) -> None:
    """Should the test run be killed, a shell that outlives it ends the server and removes its data."""
    pid = (cluster.folder / "data" / "postmaster.pid").read_text().split()[0]
    controller = os.environ.get("HOOKDESK_TEST_CONTROLLER", str(os.getpid()))
    loop = 'while kill -0 "$1"; do sleep 2; done; kill -QUIT "$2"; sleep 1; rm -rf "$3"'
    words = ["sh", "-c", f"({loop}) >/dev/null 2>&1 &", "sh", controller, pid, str(run_folder())]
    subprocess.run(words, stdin=subprocess.DEVNULL, start_new_session=True, cwd="/", check=True)


def _run(program: str, *arguments: str) -> None:
    """Run one of PostgreSQL's programs; it refuses to be root, so root becomes somebody else first."""
    command = [*_as_other_user(), _find(program), *arguments]
    # Not captured through a pipe: the server would inherit it, and the wait for its end would last for ever.
    log = run_folder() / "postgres.log"
    with log.open("ab") as file:
        done = subprocess.run(
            command, stdout=file, stderr=file, stdin=subprocess.DEVNULL, cwd="/", check=False
        )
    if done.returncode:
        raise RuntimeError(f"{program} failed: {log.read_text()[-2000:]}")


def _find(program: str) -> str:
    newest_first = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_version, reverse=True)
    for folder in (*newest_first, *map(Path, os.get_exec_path())):
        if os.access(folder / program, os.X_OK):
            return str(folder / program)
    raise RuntimeError(f"PostgreSQL's {program} is missing: run `sh ops/test_machine.sh`.")


def _version(folder: Path) -> float:
    try:
        return float(folder.parent.name)
    except ValueError:
        return 0.0


def _other_user() -> tuple[int, int]:
    """User and group: postgres if there is one, else nobody."""
    for name in ("postgres", "nobody"):
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        return found.pw_uid, found.pw_gid
    raise RuntimeError("PostgreSQL does not run as root, and there is no user postgres or nobody.")


def _as_other_user() -> list[str]:
    if os.geteuid() != 0:
        return []
    user, group = _other_user()
    return ["setpriv", f"--reuid={user}", f"--regid={group}", "--clear-groups"]
