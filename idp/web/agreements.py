"""Between the authorization endpoint and the consent: what was agreed, what is agreed now, the code that follows."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from clients.records import Client
from consent import decisions, details, grants, grants_store, policy, scopes, smart, spaces_store
from consent.actors import Actor
from consent.grants import Grant, Standing
from consent.question import Question
from consent.spaces import Space
from consent.verdicts import Allow, Ask, Verdict
from idp.launch import store as launches
from idp.protocol import prompts
from idp.protocol.ceiling import ALWAYS
from idp.protocol.requests import AuthorizationRequest
from idp.protocol.responses import Answer
from idp.scene import Scene
from idp.sessions.records import Session
from idp.tokens import codes, pushed
from idp.tokens.records import Authentication, Code
from idp.web import implicit, managed
from kit.ids import new
from kit.problems import Refusal

_HOLDS = {Standing.PENDING, Standing.ACTIVE}


@dataclass(frozen=True, slots=True)
class Questions:
    """What the page asks: nothing but yes or no when all of it was decided before."""

    consents: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()
    """Plain scopes that the person may leave out."""


def questions(db: Connection, client: Client, asked: AuthorizationRequest, person_id: str, now: datetime) -> Questions:
    """What is left to decide, or all of it when the app wants the person to decide anew (`prompt=consent`)."""
    optional = frozenset(word for word in asked.scope - ALWAYS if "/" not in word and word != "fhirUser")
    if "consent" in asked.prompt or managed.anew(asked):
        return Questions(wanted(asked, client), optional)
    answer = verdict(db, client, asked, person_id, now)
    grant = grants_store.between(db, person_id, client.client_id)
    settled = (
        grant.scope | grant.declined if grant is not None and grants.standing(grant, now) in _HOLDS else frozenset()
    )
    return Questions(answer.consents if isinstance(answer, Ask) else frozenset(), optional - settled)


def wanted(asked: AuthorizationRequest, client: Client) -> frozenset[str]:
    """The consents to ask on our page for this request; none for a pairing (they come later) or a portal of ours."""
    if client.first_party or scopes.PAIRING in asked.scope:
        return frozenset()
    return scopes.possible(asked.scope, client.consents)


def verdict(db: Connection, client: Client, asked: AuthorizationRequest, person_id: str, now: datetime) -> Verdict:
    """Allow when the app can be answered without a page, Ask when the person must decide, Refuse when nobody can."""
    grant = grants_store.between(db, person_id, client.client_id)
    return judge(client, asked, grant, spaces_store.find(db, person_id), now)


def judge(
    client: Client, asked: AuthorizationRequest, grant: Grant | None, space: Space | None, now: datetime
) -> Verdict:
    """The same, over what was read."""
    said = details.read_all(asked.details)
    scope = asked.scope - {scopes.LAUNCH} - scopes.MANAGEMENT - (grant.declined if grant is not None else frozenset())
    answer = policy.decide(policy.AUTHORIZATION, Question(now, client, grant, space, scope, details=said))
    if asked.grant_action:
        answer = managed.judge(asked, grant, answer, wanted(asked, client), now)
    if not isinstance(answer, Allow) or client.first_party:
        return answer
    if client.public and not asked.redirect_uri.startswith("https:"):
        return Ask(frozenset(), "unproven")  # RFC 8252 §8.6: any program of the machine may say that it is this app
    held = grant.scope if grant is not None and grants.standing(grant, now) in _HOLDS else frozenset()
    plain = frozenset(word for word in scope if not smart.looks_smart(word))
    return answer if held and plain <= held else Ask(frozenset(), "new")


def given(
    db: Connection, scene: Scene, client: Client, asked: AuthorizationRequest, session: Session, now: datetime
) -> Answer:
    """Answer the app, mostly with a code: the person is proven, all is agreed. A portal of ours is agreed by nature.

    A pushed request is burnt with it: raises Refusal("invalid_request_uri") when it was answered meanwhile.
    """
    burn(db, asked, now)
    grant = grants_store.between(db, session.person_id, client.client_id)
    if grant is None or not covered(client, asked, grant):
        grant = decisions.open_grant(db, scene.consent, session.person_id, client, asked.scope, now)
    fresh = record(scene, client, asked, session, grant, now)
    if asked.response_type != "code":
        return {**implicit.answer(db, scene, client, asked.response_type, fresh, grant, now), "state": asked.state}
    return {"code": codes.save(db, fresh), "state": asked.state}


def burn(db: Connection, asked: AuthorizationRequest, now: datetime) -> None:
    """A pushed request is answered once (RFC 9126 §4), and so is a launch. Raises Refusal."""
    if asked.pushed is not None and not pushed.burn(db, asked.pushed, now):
        raise Refusal("invalid_request_uri", "this request was answered already: start again from the app", status=400)
    if asked.launch is not None and not launches.spend(db, asked.launch, now):
        raise Refusal("invalid_request", "this launch was answered already: open the app again", status=400)


def covered(client: Client, asked: AuthorizationRequest, grant: Grant) -> bool:
    """False when a portal of ours came to ask more than its grant holds: the ceiling then rises without a page."""
    return not client.first_party or not scopes.beyond(asked.scope, grant.scope)


def record(
    scene: Scene, client: Client, asked: AuthorizationRequest, session: Session, grant: Grant, now: datetime
) -> Code:
    """The code to issue, as a value."""
    return Code(
        client_id=client.client_id,
        person_id=session.person_id,
        grant_id=grant.id,
        family_id=new("fam", now),
        redirect_uri=asked.redirect_uri,
        redirect_said=asked.redirect_said,
        scope=_scope(client, asked, grant),
        audience=asked.audience or (scene.issuer, *scene.resources),
        nonce=asked.nonce,
        code_challenge=asked.code_challenge,
        jkt=asked.jkt,
        claims=asked.claims,
        details=list(asked.details) if asked.details is not None else None,
        former=asked.former,
        authentication=Authentication(
            session.id, session.auth_time, prompts.said(session.acr, asked.essential_acr), session.amr
        ),
        issued_at=now,
        expires_at=now + scene.settings.code_lifetime,
    )


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
    offered: frozenset[str] = frozenset(),
) -> Grant:
    """The person said yes: `chosen` are the scopes kept, `consents` and `duration` what may be exchanged.

    `offered` are the words that they could leave out.
    """
    how: dict[str, Any] = {"chosen": chosen, "consents": consents, "duration": duration, "now": now}
    grant = managed.accept(db, scene, client, asked, by, **how) if asked.grant_action else None
    grant = grant or _accepted(db, scene, client, asked, by, **how)
    return decisions.decline(db, scene.consent, grant, offered, chosen, by, now)


def _accepted(
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
) -> Grant:
    settled, limits = not consents and scopes.PAIRING not in chosen, asked.details
    grant = decisions.open_grant(db, scene.consent, by.id, client, chosen, now, by, settled=settled, details=limits)
    if consents:
        return decisions.agree(db, scene.consent, replace(grant, details=limits), consents, duration, by, now)
    return grant if grant.consents else decisions.limit(db, scene.consent, grant, limits, by, now)


def _scope(client: Client, asked: AuthorizationRequest, grant: Grant) -> frozenset[str]:
    """What was asked, within what the grant holds."""
    said = asked.scope - asked.implied
    if client.first_party:
        return said
    held = grant.scope | {scopes.LAUNCH} | scopes.MANAGEMENT
    plain = frozenset(word for word in said if not smart.looks_smart(word)) & held
    data = scopes.spelled(smart.meet(scopes.data_atoms(asked.scope), scopes.data_atoms(grant.scope)))
    return plain | data
