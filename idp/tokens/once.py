"""What is good once, in whichever process it comes: one statement says so."""

from datetime import datetime

from idp.tokens import hot, revoked
from kit.database import Database
from kit.proof.dpop import Once


async def first(database: Database, mark: str, until: datetime) -> bool:
    """Remember a mark until then; False when it was remembered already."""
    if database.lane is not None:
        return await database.lane.one(hot.SEEN_ASSERTION, digest_=mark, until=until) is not None
    return await database.work(lambda db: revoked.first_time(db, mark, until))


def of(database: Database) -> Once:
    """The same, on that database."""

    async def once(mark: str, until: datetime) -> bool:
        return await first(database, mark, until)

    return once
