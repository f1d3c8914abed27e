"""A PostgreSQL of one's own, for tests and benchmarks: on loopback, in a temporary folder, gone when its block ends."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tools.browser import free_port

DEBIANS = Path("/usr/lib/postgresql")
SETTINGS = "-c listen_addresses=127.0.0.1 -c shared_buffers=16MB -c max_connections=100"


class NoPostgres(Exception):
    """There is no PostgreSQL on this machine."""


@dataclass
class Postgres:
    """A PostgreSQL server. url: as SQLAlchemy reads it."""

    folder: Path
    port: int
    programs: Path

    @property
    def url(self) -> str:
        """The address of its one database."""
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        options = f"-p {self.port} -k {self.folder} {SETTINGS}"
        self._run("pg_ctl", "-w", "-l", str(self.folder / "log"), "-o", options, "start")

    def stop(self, how: str = "fast") -> None:
        """Stop it. how: "fast", or "immediate" as if it had been killed."""
        self._run("pg_ctl", "-w", "-m", how, "stop")

    def _run(self, program: str, *arguments: str) -> None:
        run_as_user([str(self.programs / program), "-D", str(self.folder / "data"), *arguments])


def run_as_user(command: list[str]) -> None:
    """Run a command, as another user if this is root, as whom PostgreSQL does not run."""
    user = {"user": _user()} if sys.platform != "win32" and os.getuid() == 0 else {}
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd="/", **user)  # noqa: S603, its own programs


def _user() -> str:
    import pwd  # which Windows does not have

    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def find_programs() -> Path:
    """Return the folder of PostgreSQL's programs: the newest of Debian's, or that on the PATH. Raises NoPostgres."""
    found = sorted(DEBIANS.glob("*/bin"), key=lambda path: int(re.sub(r"\D", "", path.parent.name) or 0))
    on_path = shutil.which("pg_ctl")
    for folder in [*reversed(found), *([Path(on_path).parent] if on_path else [])]:
        if (folder / "initdb").exists():
            return folder
    raise NoPostgres(f"There is no PostgreSQL in {DEBIANS} or on the PATH.")


@contextmanager
def postgres() -> Iterator[Postgres]:
    """Run a PostgreSQL until the block ends. Raises NoPostgres if there is none."""
    programs = find_programs()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        if sys.platform != "win32" and os.getuid() == 0:
            shutil.chown(folder, _user())
        server = Postgres(Path(folder), free_port(), programs)
        run_as_user([str(programs / "initdb"), "-D", f"{folder}/data", "-U", "postgres", "--auth=trust", "--no-sync"])
        server.start()
        try:
            yield server
        finally:
            server.stop("immediate")
