"""Every table of the house, in one place: what migrations and tests build the database from."""

import importlib

from sqlalchemy import MetaData

from kit.database import metadata

MODULES: tuple[str, ...] = (
    "kit.outbox",
    "keys.tables",
    "clients.tables",
    "notices.tables",
    "consent.tables",
    "dossier.tables",
    "idp.accounts.tables",
    "idp.enrolment.tables",
    "idp.login.tables",
    "idp.tokens.tables",
    "idp.trust.tables",
    "idp.sessions.tables",
    "idp.decoupled.tables",
    "idp.ciba.tables",
    "idp.launch.tables",
    "idp.signals.tables",
    "portal.tables",
    "sandbox.tables",
)
"""The modules that declare tables, owner by owner."""


def whole() -> MetaData:
    """The metadata with the tables of every owner in it."""
    for name in MODULES:
        importlib.import_module(name)
    return metadata
