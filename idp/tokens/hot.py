"""The statements of the hot paths, one a state transition (PostgreSQL: data-modifying common table expressions)."""

from dataclasses import fields

from sqlalchemy import ColumnElement, and_, bindparam, case, exists, func, insert, literal, select, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.sql.dml import ReturningInsert, ReturningUpdate

from consent.live import LIVE
from idp.accounts.records import Person
from idp.accounts.tables import accounts, people
from idp.sessions.tables import sessions
from idp.tokens.tables import codes, families, pushed_requests, refresh_tokens, revoked_tokens, seen_assertions
from kit.columns import Instant
from kit.lane import Hot

_NOW = bindparam("now", type_=Instant)
_ACCOUNT = accounts.c.status.label("account_status")
_SESSION = (
    sessions.c.ended_at.label("session_ended_at"),
    sessions.c.last_seen_at.label("session_seen_at"),
    sessions.c.expires_at.label("session_expires_at"),
)


def _take_code() -> Hot:
    """Use a code and read all that it rests on."""
    update_code: ReturningUpdate[tuple[object, ...]] = (
        update(codes)
        .where(
            codes.c.digest == bindparam("digest_"),
            codes.c.client_id == bindparam("client"),
            codes.c.used_at.is_(None),
            codes.c.expires_at > _NOW,
        )
        .values(used_at=_NOW)
        .returning(*codes.c)
    )
    taken = update_code.cte("taken")
    joined = (
        taken.outerjoin(accounts, accounts.c.person_id == taken.c.person_id)
        .outerjoin(sessions, sessions.c.id == taken.c.session_id)
        .outerjoin(LIVE, LIVE.c.live_id == taken.c.grant_id)
    )
    return Hot(select(taken, _ACCOUNT, *_SESSION, LIVE).select_from(joined))


def _begin(*, with_token: bool) -> Hot:
    """Keep the family born of a code, and its first refresh token.

    Born ended when the code was replayed meanwhile: of many who bring a code one gets tokens, and they are worthless.
    So is one that lives with its session when the session has ended meanwhile. Code and session stay locked until the
    family is there, so that a replay, or a sign-out, finds one or the other.
    """
    wanted = select(codes.c.replayed_at, sessions.c.ended_at.label("session_ended_at"))
    wanted = wanted.join(sessions, sessions.c.id == codes.c.session_id).where(
        codes.c.digest == bindparam("code_digest")
    )
    code = wanted.with_for_update(read=True).cte("code")
    alone = case((bindparam("kind", type_=families.c.kind.type) == "online", code.c.session_ended_at))
    born_so = {
        "ended_at": func.coalesce(code.c.replayed_at, alone),
        "ended_because": case(
            (code.c.replayed_at.is_not(None), literal("code_replayed")), (alone.is_not(None), literal("session_ended"))
        ),
    }
    names = [column.name for column in families.c]
    given = select(*[born_so.get(column.name, bindparam(column.name, type_=column.type)) for column in families.c])
    born = insert(families).from_select(names, given.select_from(code)).returning(families.c.id).cte("born")
    if not with_token:
        return Hot(select(born.c.id))
    return Hot(select(_token(born.c.id).cte("first").c.digest))


def _rotate() -> Hot:
    """Use a refresh token and keep its successor."""
    spent = (
        update(refresh_tokens)
        .where(
            refresh_tokens.c.digest == bindparam("old_digest"),
            refresh_tokens.c.used_at.is_(None),
            refresh_tokens.c.expires_at > bindparam("token_issued_at", type_=Instant),
        )
        .values(used_at=bindparam("token_issued_at", type_=Instant), successor=bindparam("sealed"))
        .returning(refresh_tokens.c.family_id)
        .cte("spent")
    )
    return Hot(select(_token(spent.c.family_id).cte("next").c.digest))


def _prolong() -> Hot:
    """A token that is not rotated was used: it is forgotten later."""
    mine = (refresh_tokens.c.digest == bindparam("old_digest"), refresh_tokens.c.used_at.is_(None))
    later = update(refresh_tokens).where(*mine).values(expires_at=bindparam("token_expires_at", type_=Instant))
    return Hot(later.returning(refresh_tokens.c.digest))


def _token(family_id: ColumnElement[str]) -> ReturningInsert[tuple[str]]:
    """The insertion of a refresh token for the family that `family_id` selects."""
    names = ["digest", "family_id", "issued_at", "expires_at"]
    given = select(
        bindparam("token_digest", type_=refresh_tokens.c.digest.type),
        family_id,
        bindparam("token_issued_at", type_=Instant),
        bindparam("token_expires_at", type_=Instant),
    )
    return insert(refresh_tokens).from_select(names, given).returning(refresh_tokens.c.digest)


def _presented() -> Hot:
    """A refresh token and all that it rests on."""
    joined = (
        refresh_tokens.join(families, families.c.id == refresh_tokens.c.family_id)
        .outerjoin(accounts, accounts.c.person_id == families.c.person_id)
        .outerjoin(sessions, sessions.c.id == families.c.session_id)
        .outerjoin(LIVE, LIVE.c.live_id == families.c.grant_id)
    )
    token = (
        refresh_tokens.c.expires_at.label("token_expires_at"),
        refresh_tokens.c.used_at.label("token_used_at"),
        refresh_tokens.c.successor.label("token_successor"),
    )
    found = select(*token, families, _ACCOUNT, *_SESSION, LIVE).select_from(joined)
    return Hot(found.where(refresh_tokens.c.digest == bindparam("digest_")))


def _token_state() -> Hot:
    """What an access token rests on: its family, itself, the account, the grant; and who the person is."""
    joined = (
        families.outerjoin(accounts, accounts.c.person_id == families.c.person_id)
        .outerjoin(people, people.c.id == families.c.person_id)
        .outerjoin(LIVE, LIVE.c.live_id == families.c.grant_id)
    )
    revoked = exists(select(literal(1)).where(revoked_tokens.c.token_id == bindparam("token"))).label("revoked")
    family = (
        families.c.ended_at.label("family_ended_at"),
        families.c.expires_at.label("family_expires_at"),
        families.c.claims.label("family_claims"),
    )
    person = [people.c[field.name].label(f"person_{field.name}") for field in fields(Person)]
    found = select(*family, revoked, _ACCOUNT, *person, LIVE).select_from(joined)
    return Hot(found.where(families.c.id == bindparam("family")))


def _session() -> Hot:
    """A browser's session, and what its person agreed with one client."""
    agreed = and_(
        LIVE.c.live_person_id == sessions.c.person_id,
        LIVE.c.live_client_id == bindparam("client"),
        LIVE.c.live_status != "ended",
    )
    joined = sessions.outerjoin(accounts, accounts.c.person_id == sessions.c.person_id).outerjoin(LIVE, agreed)
    found = select(sessions, _ACCOUNT, LIVE).select_from(joined)
    return Hot(found.where(sessions.c.digest == bindparam("digest_")))


def _seen_assertion() -> Hot:
    """A client's assertion, the first time."""
    fresh = postgresql.insert(seen_assertions).values(
        digest=bindparam("digest_"), expires_at=bindparam("until", type_=Instant)
    )
    return Hot(fresh.on_conflict_do_nothing().returning(seen_assertions.c.digest))


def _pushed() -> Hot:
    """A pushed request, not answered yet."""
    mine = (pushed_requests.c.digest == bindparam("mark"), pushed_requests.c.client_id == bindparam("client"))
    fresh = (pushed_requests.c.used_at.is_(None), pushed_requests.c.expires_at > _NOW)
    return Hot(select(pushed_requests.c.request).where(*mine, *fresh))


def _answer_pushed() -> Hot:
    """Burn a pushed request and keep the code that answers it: one or neither."""
    mine = (pushed_requests.c.digest == bindparam("mark"), pushed_requests.c.used_at.is_(None))
    burnt = update(pushed_requests).where(*mine).values(used_at=_NOW).returning(pushed_requests.c.digest).cte("burnt")
    names = [column.name for column in codes.c]
    given = select(*[bindparam(f"code_{column.name}", type_=column.type) for column in codes.c]).select_from(burnt)
    kept = insert(codes).from_select(names, given).returning(codes.c.digest).cte("kept")
    return Hot(select(kept.c.digest))


def _session_seen() -> Hot:
    """A session was used."""
    mine = (sessions.c.id == bindparam("session"), sessions.c.ended_at.is_(None))
    return Hot(update(sessions).where(*mine).values(last_seen_at=_NOW).returning(sessions.c.id))


TAKE_CODE = _take_code()
BEGIN = _begin(with_token=False)
BEGIN_WITH_TOKEN = _begin(with_token=True)
PRESENTED = _presented()
ROTATE = _rotate()
PROLONG = _prolong()
TOKEN_STATE = _token_state()
SESSION = _session()
SESSION_SEEN = _session_seen()
SAVE_PUSHED = Hot(insert(pushed_requests).returning(pushed_requests.c.digest))
PUSHED = _pushed()
ANSWER_PUSHED = _answer_pushed()
SAVE_CODE = Hot(insert(codes).returning(codes.c.digest))
SEEN_ASSERTION = _seen_assertion()
