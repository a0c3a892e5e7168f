"""Alembic's entrance: `espace migrate` hands it an open connection, the `alembic` command uses the settings."""

import asyncio

from alembic import context
from sqlalchemy import Connection

from kit.database import Database
from service import schema, settings


def run(connection: Connection) -> None:
    """Migrate on this connection, within its transaction."""
    context.configure(
        connection=connection,
        target_metadata=schema.whole(),
        compare_type=True,
        compare_server_default=True,
        render_as_batch=context.config.attributes.get("batch", True),
        user_module_prefix="database.",
    )
    with context.begin_transaction():
        context.run_migrations()


async def run_on_settings() -> None:
    """Migrate the database of the settings."""
    database = Database.open(settings.read().database.url)
    try:
        await database.work(run)
    finally:
        await database.close()


given = context.config.attributes.get("connection")
if given is None:
    asyncio.run(run_on_settings())
else:
    run(given)
