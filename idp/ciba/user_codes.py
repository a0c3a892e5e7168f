"""A code that a person chose, and tells an app themselves: without it nobody may ask them (CIBA §7.1, user_code)."""

import re
from datetime import datetime

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from idp.ciba.tables import user_codes
from kit.problems import Refusal
from kit.seals import Vault
from kit.secrets import keyed, same

SHORTEST, LONGEST = 4, 12
_SHAPE = re.compile(rf"[0-9A-Za-z]{{{SHORTEST},{LONGEST}}}")


def fit(code: str) -> bool:
    """Letters and figures, short enough to be said."""
    return _SHAPE.fullmatch(code) is not None


def choose(db: Connection, vault: Vault, person_id: str, code: str, now: datetime) -> None:
    """From now on apps need this code to ask that person."""
    kind = postgresql.insert if db.dialect.name == "postgresql" else sqlite.insert
    row = {"mark": _mark(vault, person_id, code), "changed_at": now}
    fresh = kind(user_codes).values(person_id=person_id, **row)
    db.execute(fresh.on_conflict_do_update(index_elements=["person_id"], set_=row))


def drop(db: Connection, person_id: str) -> None:
    """No code is needed any more."""
    db.execute(delete(user_codes).where(user_codes.c.person_id == person_id))


def chosen(db: Connection, person_id: str) -> bool:
    """True when the person chose one."""
    return db.execute(select(user_codes.c.person_id).where(user_codes.c.person_id == person_id)).first() is not None


def check(db: Connection, vault: Vault, person_id: str, said: str | None) -> None:
    """Raises Refusal("missing_user_code" or "invalid_user_code") (CIBA §13). Who chose no code needs none."""
    mark = db.execute(select(user_codes.c.mark).where(user_codes.c.person_id == person_id)).scalar()
    if mark is None:
        return
    if not said:
        raise Refusal("missing_user_code", "this person wants a code of theirs to be given")
    if not same(_mark(vault, person_id, said), mark):
        raise Refusal("invalid_user_code", "this is not the code of this person")


def _mark(vault: Vault, person_id: str, code: str) -> str:
    return keyed(vault.key("idp: codes for requests"), f"{person_id}\n{code.lower()}")
