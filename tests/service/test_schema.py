"""The schema that migrations make is the one that the tables say, on each database."""

import ast

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect

from kit.database import Database
from service import migration, schema
from tests.databases import Postgres, Sqlite
from tests.test_floors import files, module_of


def test_every_module_with_a_table_is_in_the_list() -> None:
    declaring = {
        module_of(file)
        for file in files()
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Table"
        if any(isinstance(argument, ast.Name) and argument.id == "metadata" for argument in node.args)
    }
    assert declaring == set(schema.MODULES)


def test_tables_are_named_after_their_owner() -> None:
    owners = {module.partition(".")[0] for module in schema.MODULES} | {"glucolink"}  # the reader app is its own house
    strangers = [name for name in schema.whole().tables if name.partition("_")[0] not in owners]
    assert not strangers


@pytest.fixture
async def bare(backend: Sqlite | Postgres, database: Database) -> Database:
    """A database with nothing in it at all."""

    def empty(db: Connection) -> None:
        db.exec_driver_sql("DROP TABLE IF EXISTS alembic_version")
        schema.whole().drop_all(db)

    await database.work(empty)
    return database


async def test_migrations_make_what_the_tables_say(bare: Database) -> None:
    assert await migration.migrate(bare) == (None, migration.head())

    def differences(db: Connection) -> list[object]:
        context = MigrationContext.configure(db, opts={"compare_type": True, "compare_server_default": True})
        return list(compare_metadata(context, schema.whole()))

    assert await bare.read(differences) == []


async def test_migrating_twice_changes_nothing(bare: Database) -> None:
    await migration.migrate(bare)
    assert await migration.migrate(bare) == (migration.head(), migration.head())


async def test_a_migration_that_is_undone_leaves_nothing(bare: Database) -> None:
    from alembic import command

    await migration.migrate(bare)
    await bare.work(lambda db: command.downgrade(migration.config(db), "base"))
    assert await bare.read(lambda db: inspect(db).get_table_names()) == ["alembic_version"]


def test_the_newest_migration_is_the_head() -> None:
    from alembic.script import ScriptDirectory

    assert ScriptDirectory(str(migration.FOLDER)).get_current_head() == migration.head()
