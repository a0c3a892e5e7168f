"""The schema's version: which one the database has, which one this program needs, and how to get there."""

from functools import cache
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from kit.database import Database
from service.alone import alone
from service.settings import ROOT

if TYPE_CHECKING:
    from alembic.config import Config

FOLDER = ROOT / "migrations"


@cache
def head() -> str:
    """The version that this program needs: the highest number under `migrations/versions`."""
    return max(file.name.partition("_")[0] for file in (FOLDER / "versions").glob("[0-9]*_*.py"))


def applied(db: Connection) -> str | None:
    """The version that the database has, or None when it is blank."""
    if not inspect(db).has_table("alembic_version"):
        return None
    version = db.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if version is None else str(version)


def upgrade(db: Connection, to: str = "head") -> None:
    """Bring the schema to version `to`, within the present transaction."""
    from alembic import command  # only these commands need it: a server starts faster without

    alone(db, "schema")
    command.upgrade(config(db), to)


async def migrate(database: Database) -> tuple[str | None, str]:
    """Bring the schema to this program's version; gives the version before and after."""

    def unit(db: Connection) -> tuple[str | None, str]:
        alone(db, "schema")  # two processes that start together migrate once
        before = applied(db)
        if before != head():
            upgrade(db)
        return before, head()

    return await database.work(unit)


def config(db: Connection | None = None) -> "Config":
    """Alembic's own configuration, on an open connection."""
    from alembic.config import Config

    made = Config()
    made.set_main_option("script_location", str(FOLDER))
    made.attributes["connection"] = db
    return made
