"""The SQL of our key pairs."""

from collections.abc import Mapping
from datetime import datetime

import msgspec
from sqlalchemy import Connection, Row, delete, insert, select, update

from keys.records import Made, OwnKey, Private, State
from keys.signers import Keepers
from keys.tables import signing
from kit.seals import Seal

PURPOSE = "signing keys"


def add(db: Connection, seal: Seal, made: Made, state: State, now: datetime) -> OwnKey:
    """Keep a pair, its private half sealed."""
    promoted = now if state in {State.SIGNING, State.DECRYPTING} else None
    db.execute(
        insert(signing).values(
            kid=made.kid,
            algorithm=made.algorithm,
            state=state,
            public=made.public,
            private=seal.close(msgspec.json.encode(made.kept), made.kid),
            created_at=now,
            promoted_at=promoted,
        )
    )
    return OwnKey(made.kid, made.algorithm, state, made.public, made.private, now, promoted, None, None)


def all_keys(
    db: Connection, seal: Seal, keepers: Keepers | None = None, opened: Mapping[str, Private] | None = None
) -> list[OwnKey]:
    """Every key, oldest first. Raises kit.seals.Broken under another master key.

    Private halves are there only for who says where they are kept; `opened` are those found before, by `kid`.
    """
    rows = db.execute(select(signing).order_by(signing.c.created_at, signing.c.kid))
    return [_record(row, seal, keepers, opened or {}) for row in rows]


def promote(db: Connection, algorithm: str, now: datetime, dies_at: datetime) -> bool:
    """The announced key of `algorithm` signs from now on, and the one that signed is retired. False if none waits."""
    waiting = db.execute(
        select(signing.c.kid)
        .where(signing.c.algorithm == algorithm, signing.c.state == State.ANNOUNCED)
        .order_by(signing.c.created_at)
        .limit(1)
    ).scalar()
    if waiting is None:
        return False
    taken = db.execute(
        update(signing)
        .where(signing.c.kid == waiting, signing.c.state == State.ANNOUNCED)
        .values(state=State.SIGNING, promoted_at=now)
    )
    if taken.rowcount != 1:
        return False
    db.execute(
        update(signing)
        .where(signing.c.algorithm == algorithm, signing.c.state == State.SIGNING, signing.c.kid != waiting)
        .values(state=State.RETIRED, retired_at=now, dies_at=dies_at, private=None)
    )
    return True


def retire_others(db: Connection, fresh: OwnKey, now: datetime, dies_at: datetime) -> None:
    """Nobody encrypts to the former keys of this algorithm any more; they open what is on its way until they die."""
    db.execute(
        update(signing)
        .where(signing.c.algorithm == fresh.algorithm, signing.c.state == State.DECRYPTING, signing.c.kid != fresh.kid)
        .values(state=State.RETIRED, retired_at=now, dies_at=dies_at)
    )


def bury(db: Connection, now: datetime) -> int:
    """Forget retired keys that nothing needs any more; gives how many."""
    return db.execute(delete(signing).where(signing.c.state == State.RETIRED, signing.c.dies_at <= now)).rowcount


def _record(row: Row[tuple[object, ...]], seal: Seal, keepers: Keepers | None, opened: Mapping[str, Private]) -> OwnKey:
    private = opened.get(row.kid) if row.private else None
    if row.private and private is None:
        kept = msgspec.json.decode(seal.open(row.private, row.kid))
        private = keepers.open(row.kid, row.algorithm, kept) if keepers is not None else None
    return OwnKey(
        kid=row.kid,
        algorithm=row.algorithm,
        state=State(row.state),
        public=row.public,
        private=private,
        created_at=row.created_at,
        promoted_at=row.promoted_at,
        retired_at=row.retired_at,
        dies_at=row.dies_at,
    )
