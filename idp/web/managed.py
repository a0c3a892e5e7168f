"""What an authorization does to the grant that it names, or to the one that is there (Grant Management §5.2)."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from clients.records import Client
from consent import actors, decisions, details, grants, grants_store, scopes
from consent.actors import Actor
from consent.grants import Because, Grant, Standing
from consent.verdicts import Ask, Refuse, Verdict
from idp.protocol import grant_management
from idp.protocol.grant_management import CREATE, MERGE, REPLACE
from idp.protocol.requests import AuthorizationRequest
from idp.scene import Scene
from idp.tokens import codes, families

_OVER = {Standing.EXPIRED, Standing.ENDED}


def anew(asked: AuthorizationRequest) -> bool:
    """True when the person decides on everything again, whatever they agreed to before."""
    return asked.grant_action in {CREATE, REPLACE}


def judge(
    asked: AuthorizationRequest, grant: Grant | None, answer: Verdict, wanted: frozenset[str], now: datetime
) -> Verdict:
    """The verdict on a request without action, made that on a request with one."""
    living = grant.id if grant is not None and grants.standing(grant, now) not in _OVER else None
    if not grant_management.belongs(asked.grant_id, living):
        return Refuse("grant_mismatch")
    if anew(asked) and not isinstance(answer, Refuse):
        return Ask(wanted, "new" if living is None else "more")
    return answer


def accept(
    db: Connection,
    scene: Scene,
    client: Client,
    asked: AuthorizationRequest,
    by: Actor,
    *,
    chosen: frozenset[str],
    consents: frozenset[str],
    duration: str,
    now: datetime,
) -> Grant | None:
    """The person said yes to a request with an action; None when the grant is to be opened as for any other request.

    Raises Refusal("invalid_grant_id") when the grant that is named went meanwhile.
    """
    living = grants_store.between(db, by.id, client.client_id)
    if not grant_management.belongs(asked.grant_id, living.id if living else None):
        raise grant_management.unknown()
    if living is None:
        return None
    if asked.grant_action == CREATE:
        app = actors.app(client.client_id, client.name)
        decisions.end(db, scene.consent, living, app, now, Because.APP_UNPAIRED)
        return None
    if asked.grant_action == REPLACE:
        chosen -= scopes.MANAGEMENT
        families.end_of_grant(db, living.id, "consent_ended", now)
        codes.spend_of_grant(db, living.id, now)
        if not consents:
            return decisions.reset(db, scene.consent, living, chosen, asked.details, by, now)
        replaced = replace(living, scope=chosen, details=asked.details)
        return decisions.agree(db, scene.consent, replaced, consents, duration, by, now)
    if asked.grant_action == MERGE and consents:
        wider = decisions.open_grant(db, scene.consent, by.id, client, chosen, now, by)
        limits = details.merged(wider.details, wider.consents, asked.details, consents)
        both = wider.consents & decisions.possible(db, scene.consent, wider) | consents
        return decisions.agree(db, scene.consent, replace(wider, details=limits), both, duration, by, now)
    return None
