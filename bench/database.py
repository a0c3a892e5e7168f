"""Where the provider keeps everything during a run: a database of its own, removed afterwards."""

import asyncio
import uuid
from pathlib import Path
from typing import Any

import asyncpg
from sqlalchemy.engine import make_url


class Sqlite:
    """A file of the run's folder; nothing acknowledged is lost, even at a power cut."""

    name = "SQLite"
    synchronous = "FULL"

    def __init__(self, folder: Path) -> None:
        self.url = f"sqlite:///{folder / 'bench.db'}"

    def processes(self) -> list[int]:
        """None: it works inside the server."""
        return []

    def about(self) -> dict[str, str]:
        """How it is set up."""
        import sqlite3

        return {"database": f"SQLite {sqlite3.sqlite_version}, WAL, synchronous={self.synchronous}"}

    def close(self) -> None:
        """Nothing: the folder goes."""


class Postgres:
    """A database made on a PostgreSQL server, and dropped."""

    name = "PostgreSQL"
    synchronous = "FULL"

    def __init__(self, server: str) -> None:
        self._server = make_url(server).set(drivername="postgresql")
        self._database = f"espace_bench_{uuid.uuid4().hex[:10]}"
        self.url = self._server.set(database=self._database).render_as_string(hide_password=False)
        self._ask(f'CREATE DATABASE "{self._database}"')

    def processes(self) -> list[int]:
        """The server processes that work for this database, when they are on this machine."""
        rows = self._ask(f"SELECT pid FROM pg_stat_activity WHERE datname = '{self._database}'")
        return [row["pid"] for row in rows if _is_postgres(row["pid"])]

    def about(self) -> dict[str, str]:
        """How it is set up."""
        names = ("server_version", "fsync", "synchronous_commit", "shared_buffers")
        said = {name: self._ask(f"SHOW {name}")[0][0] for name in names}
        version = said.pop("server_version").split()[0]
        return {"database": f"PostgreSQL {version}, " + ", ".join(f"{name}={value}" for name, value in said.items())}

    def close(self) -> None:
        """Drop it."""
        self._ask(f'DROP DATABASE IF EXISTS "{self._database}" WITH (FORCE)')

    def _ask(self, statement: str) -> list[Any]:
        async def ask() -> list[Any]:
            connection = await asyncpg.connect(  # type: ignore[no-untyped-call]
                self._server.render_as_string(hide_password=False)
            )
            try:
                return list(await connection.fetch(statement))
            finally:
                await connection.close()

        return asyncio.run(ask())


def _is_postgres(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/comm").read_text().startswith("postgres")
    except OSError:
        return False


def made(url: str, folder: Path) -> Sqlite | Postgres:
    """The database that an option names: `sqlite`, or the address of a PostgreSQL server where one may be made."""
    if url == "sqlite":
        return Sqlite(folder)
    if make_url(url).get_backend_name() in {"postgresql", "postgres"}:
        return Postgres(url)
    raise ValueError(f"{url}: sqlite, or postgresql://USER:PASSWORD@HOST:PORT/NAME")
