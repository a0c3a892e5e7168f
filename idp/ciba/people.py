"""Who is meant by a hint (CIBA §7.1): the person's own identifier, or the name by which we told the app of them."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from clients.records import Client
from idp.accounts import identifiers
from idp.accounts import store as accounts
from idp.ciba.modes import GRANT_TYPE
from idp.ciba.tables import subjects as table
from idp.protocol import hints, subjects
from idp.scene import Scene
from idp.sessions import store as sessions
from kit.secrets import digest

KEPT = timedelta(days=400)
"""A name that is not used for this long means nobody any more: longer than any agreement lasts."""


def remember(db: Connection, scene: Scene, client: Client, person_id: str, now: datetime) -> None:
    """A name cannot be turned back into a person: it is kept when it is told, for apps that may come back with it."""
    if GRANT_TYPE not in client.grant_types:
        return
    subject = subjects.of(scene.subject_key, client, person_id)
    kind = postgresql.insert if db.dialect.name == "postgresql" else sqlite.insert
    fresh = kind(table).values(digest=digest(subject), person_id=person_id, expires_at=now + KEPT)
    again = {"expires_at": now + KEPT}
    db.execute(fresh.on_conflict_do_update(index_elements=["digest"], set_=again))


def meant(db: Connection, scene: Scene, client: Client, kind: str, hint: str, now: datetime) -> str | None:
    """The person of a hint; None when nobody is meant, or somebody whom this app was never told of by that name."""
    if kind == "id_token_hint":
        return _of_token(db, scene, client, hint, now)
    account = accounts.by_identifier(db, hint) if len(hint) <= identifiers.LONGEST else None
    if account is not None:
        return account.person_id
    return _of_subject(db, scene, client, hint, now)


def _of_token(db: Connection, scene: Scene, client: Client, token: str, now: datetime) -> str | None:
    """OpenID Connect Core §3.1.2.1: an id token of ours, for this app, expired or not."""
    hint = hints.read(token, scene.ring.verifying(), scene.issuer)
    if hint is None or hint.client_id != client.client_id:
        return None
    session = sessions.find(db, hint.session_id) if hint.session_id else None
    if session is not None and subjects.of(scene.subject_key, client, session.person_id) == hint.subject:
        return session.person_id
    return _of_subject(db, scene, client, hint.subject, now)


def _of_subject(db: Connection, scene: Scene, client: Client, subject: str, now: datetime) -> str | None:
    """The name is checked to be the one that this app knows: another app's means nobody here."""
    query = select(table.c.person_id).where(table.c.digest == digest(subject), table.c.expires_at > now)
    person_id = db.execute(query).scalar()
    if person_id is None or subjects.of(scene.subject_key, client, person_id) != subject:
        return None
    return str(person_id)
