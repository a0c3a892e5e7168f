"""Gather, by one statement, what a request will need; no statement at all when memory is enough."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from clients import profiles
from clients.records import Client
from idp.accounts import store as accounts
from idp.ciba.modes import GRANT_TYPE
from idp.protocol import claims as claims_parameter
from idp.scene import Scene
from idp.server.books import NeedsDatabase
from idp.server.call import Call
from idp.server.slip import Slip
from idp.tokens import hot, states
from idp.tokens.states import TokenState
from idp.trust import outside
from kit.guard import AccessClaims
from kit.lane import Lane
from kit.problems import Refusal
from kit.secrets import digest


@dataclass(frozen=True, slots=True)
class Gathered:
    """What was read before the work begins."""

    slip: Slip | None = None
    claims: AccessClaims | None = None
    """Of the access token that the call is about."""
    state: TokenState | None = None
    """What it rests on."""


Gather = Callable[[Scene, Call, Client, datetime], Awaitable[Gathered]]


async def for_token(scene: Scene, call: Call, client: Client, now: datetime) -> Gathered:
    """For the token endpoint. Raises NeedsDatabase when there is no short way.

    A code is used up here: what follows has the last word on it, whatever that word is.
    """
    form, kind = call.form, call.form.get("grant_type")
    if kind in outside.KINDS:
        call.outside = await outside.gather(scene, form, client, now)
        raise NeedsDatabase
    if client.options.access_token_format == "opaque":  # noqa: S105 - not a password
        raise NeedsDatabase  # a row is written for its token
    if kind == "client_credentials":
        return Gathered()
    if GRANT_TYPE in client.grant_types and kind == "authorization_code":
        raise NeedsDatabase  # the name that it is told of the person is kept: it may come back with it
    lane = _lane(scene)
    row = None
    if kind == "refresh_token" and form.get("refresh_token"):
        row = await lane.one(hot.PRESENTED, digest_=digest(form["refresh_token"]))
    elif kind == "authorization_code" and form.get("code") and _verifiable(form, client) and kind in client.grant_types:
        row = await lane.one(hot.TAKE_CODE, digest_=digest(form["code"]), client=client.client_id, now=now)
    if row is None:
        raise NeedsDatabase
    person = None
    if row["claims"] is not None and claims_parameter.scopes(row["claims"]):
        person_id = row["person_id"]
        person = await scene.ground.database.read(lambda db: accounts.find(db, person_id))
    return Gathered(slip=Slip(row, scene, client, person))


async def for_introspection(scene: Scene, call: Call, client: Client, now: datetime) -> Gathered:
    """For introspection of an access token. Raises NeedsDatabase."""
    try:
        claims = scene.tokens.recognise(call.form.get("token", ""))
    except Refusal:
        raise NeedsDatabase from None
    return Gathered(claims=claims, state=await state(scene, claims))


async def by_ledger(scene: Scene, call: Call, client: Client, now: datetime) -> Gathered:
    """For what always takes a unit of work. Raises NeedsDatabase."""
    raise NeedsDatabase


async def state(scene: Scene, claims: AccessClaims) -> TokenState | None:
    """What an access token rests on now; None when it names a family that is no more. Raises NeedsDatabase."""
    if claims.family_id is None:
        raise NeedsDatabase
    row = await _lane(scene).one(hot.TOKEN_STATE, family=claims.family_id, token=claims.token_id)
    if row is None:
        raise NeedsDatabase
    return states.from_row(row)


def _verifiable(form: Mapping[str, str], client: Client) -> bool:
    """A request that must be refused before its code is looked at does not spend it."""
    return bool(form.get("code_verifier")) or profiles.of(client).pkce == "public"


def _lane(scene: Scene) -> Lane:
    lane = scene.ground.database.lane
    if lane is None:
        raise NeedsDatabase
    return lane
