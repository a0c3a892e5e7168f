"""The SQL of signing keys."""

from collections.abc import Mapping
from datetime import datetime

import msgspec
from joserfc.jwk import Key
from sqlalchemy import Connection, Row, delete, insert, select, update

from keys.records import SigningKey, State
from keys.tables import signing
from kit import jose
from kit.ids import new
from kit.seals import Seal

PURPOSE = "signing keys"


def add(db: Connection, seal: Seal, algorithm: str, state: State, now: datetime) -> SigningKey:
    """Make a key of `algorithm` and keep it, sealed."""
    kid = new("key", now)
    key = jose.generate(algorithm, kid)
    public = {**key.as_dict(private=False), "kid": kid, "alg": algorithm, "use": "sig"}
    sealed = seal.close(msgspec.json.encode(key.as_dict(private=True)), kid)
    promoted = now if state is State.SIGNING else None
    db.execute(
        insert(signing).values(
            kid=kid,
            algorithm=algorithm,
            state=state,
            public=public,
            private=sealed,
            created_at=now,
            promoted_at=promoted,
        )
    )
    return SigningKey(kid, algorithm, state, public, key, now, promoted, None, None)


def all_keys(db: Connection, seal: Seal, opened: Mapping[str, Key] | None = None) -> list[SigningKey]:
    """Every key, oldest first. `opened` are private keys read before, by `kid`: reading an RSA one costs 0.2 s."""
    rows = db.execute(select(signing).order_by(signing.c.created_at, signing.c.kid))
    return [_record(row, seal, opened or {}) for row in rows]


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


def bury(db: Connection, now: datetime) -> int:
    """Forget retired keys whose signatures are all past; gives how many."""
    return db.execute(delete(signing).where(signing.c.state == State.RETIRED, signing.c.dies_at <= now)).rowcount


def _record(row: Row[tuple[object, ...]], seal: Seal, opened: Mapping[str, Key]) -> SigningKey:
    private = None
    if row.private:
        private = opened.get(row.kid) or jose.import_key(msgspec.json.decode(seal.open(row.private, row.kid)))
    return SigningKey(
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
