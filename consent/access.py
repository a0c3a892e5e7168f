"""The door of every resource server: may this token do that now, and who shall know that it did?"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Literal, Protocol

from sqlalchemy import Connection

from clients.directory import Directory
from clients.records import Client
from consent import acting, days, details, grants_store, journal, policy
from consent.entries import Entry, hint
from consent.grants import Grant
from consent.needs import Needs
from consent.policy import Rule
from consent.question import Question, Wish
from consent.subjects import subject
from consent.verdicts import REFUSALS, Allow, Refuse, StepUp, Verdict
from kit import telemetry
from kit.guard import AccessClaims
from kit.problems import Refusal

Liveness = Callable[[Connection, AccessClaims, datetime], None]
"""Raises Refusal("invalid_token", 401) when the token's family or session was ended."""


class Asked(Protocol):
    """What a resource server wants to do: see `consent.question.Wish`."""

    @property
    def resource(self) -> str: ...
    @property
    def interaction(self) -> str: ...
    @property
    def data_type(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Permit:
    """Yes: in whose space, by whom, within what."""

    person_id: str
    client_id: str
    client_name: str
    grant_id: str
    patient: str
    """The identifier by which the caller knows the person."""
    filters: tuple[str, ...]
    """Alternatives such as "category=SYSTEM|CODE&_since=2026-08-20" ("&" joins what must hold together; the days are
    those of Paris, both included); empty: all of the type."""
    acting: Literal["person", "app"]


@dataclass(frozen=True, slots=True)
class Trace:
    """What became of one call, for the journal."""

    action: str
    """One of `consent.journal.DATA_ACTIONS`."""
    resource: str
    resource_ids: tuple[str, ...] = ()
    count: int = 0
    outcome: Literal["allowed", "refused"] = "allowed"
    because: str = ""
    """The code of the refusal."""
    address: str = ""
    about: tuple[str, ...] = ()
    """What the data are, more closely than their type: "glucose_interstitial"…"""


class Access:
    """Decides and writes down, inside the caller's transaction. Nothing of a decision is remembered."""

    def __init__(
        self, clients: Directory, liveness: Liveness | None = None, needs: Needs = MappingProxyType({})
    ) -> None:
        self._clients = clients
        self._liveness = liveness
        self._needs = needs

    def decide(self, db: Connection, claims: AccessClaims, ask: Asked, now: datetime) -> Permit:
        """May it? One read, and none of it is cached. Raises Refusal: 403 with a code of `REFUSALS`, or 401."""
        wish = Wish(
            ask.resource,
            ask.interaction,
            ask.data_type,
            getattr(ask, "constraint", None),
            getattr(ask, "location", None),
        )
        question, verdict = self._answer(db, policy.CALL, claims, now, wish)
        client, grant = question.client, question.grant
        if not isinstance(verdict, Allow) or client is None or grant is None:
            raise refused(verdict, wish)
        return Permit(
            person_id=grant.person_id,
            client_id=client.client_id,
            client_name=client.name,
            grant_id=grant.id,
            patient=claims.patient or grant.person_id,
            filters=verdict.filters,
            acting="person" if client.first_party else "app",
        )

    def grant(self, db: Connection, claims: AccessClaims, rules: Sequence[Rule], now: datetime) -> tuple[Grant, Client]:
        """The grant behind a token when `rules` allow (`policy.PAIRING`, `policy.REFRESH`). Raises Refusal."""
        question, verdict = self._answer(db, rules, claims, now, None)
        if not isinstance(verdict, Allow) or question.grant is None or question.client is None:
            raise refused(verdict)
        return question.grant, question.client

    def record(self, db: Connection, permit: Permit | None, claims: AccessClaims, trace: Trace, now: datetime) -> None:
        """One line of the journal a call, carried out or refused (R105), and one more call of the app on its day.

        `permit` is None when the call was refused: the line then goes to the person whom the token's grant is about.
        """
        grant, delegated = None, "act" in claims.raw
        if permit is None:
            grant = grants_store.find(db, claims.grant_id) if claims.grant_id else None
            if grant is None or (grant.client_id != claims.client_id and not delegated):
                return  # a token of nobody: there is no journal to write in
        person_id = permit.person_id if permit else grant.person_id if grant else ""
        client = self._clients.peek(db, permit.client_id if permit else grant.client_id if grant else claims.client_id)
        actor = self._clients.peek(db, claims.client_id) if delegated else client
        name = client.name if client else claims.client_id
        if actor is not None and client is not None and actor.client_id != client.client_id:
            name = f"{actor.name}, pour {client.name}"
        own = client is not None and client.first_party
        about = subject(trace.about)
        line = Entry(
            person_id=person_id,
            at=now,
            actor_kind="person" if own else "app",
            actor_id=person_id if own else claims.client_id,
            actor_name="" if own else name,
            action=trace.action,
            object_kind=f"{trace.resource}/{about}" if about else trace.resource,
            object_ids=trace.resource_ids,
            count=trace.count,
            context="portal" if own else "app",
            outcome=trace.outcome,
            because=_because(trace.because, grant),
            client_id=client.client_id if client else claims.client_id,
            client_name=client.name if client else claims.client_id,
            grant_id=claims.grant_id,
            address_hint=hint(trace.address),
        )
        journal.record(db, line)
        if not own and claims.grant_id:
            days.add(db, claims.grant_id, now, allowed=trace.outcome == "allowed")

    def _answer(
        self, db: Connection, rules: Sequence[Rule], claims: AccessClaims, now: datetime, wish: Wish | None
    ) -> tuple[Question, Verdict]:
        if self._liveness is not None:
            self._liveness(db, claims, now)
        client, actor = self._clients.peek(db, claims.client_id), None
        chain: tuple[str, ...] = ()
        grant, space = grants_store.with_space(db, claims.grant_id) if claims.grant_id else (None, None)
        if grant is not None and grant.client_id != claims.client_id and "act" in claims.raw:
            actor, chain = client, acting.chain(claims.raw["act"])
            client = self._clients.peek(db, grant.client_id)
        said = details.read_all(claims.raw.get("authorization_details"))
        question = Question(
            *(now, client, grant, space, claims.scope, wish),
            client_id=claims.client_id,
            details=said,
            actor=actor,
            chain=chain,
            need=self._needs.get((wish.data_type, wish.direction)) if wish else None,
            acr=claims.acr,
            auth_time=claims.auth_time,
        )
        verdict = policy.decide(rules, question)
        code = verdict.code if isinstance(verdict, Refuse) else ""
        telemetry.decisions.labels(type(verdict).__name__.lower(), code).inc()
        return question, verdict


def refused(verdict: Verdict, wish: Wish | None = None) -> Refusal:
    """A verdict other than Allow, as the caller hears it."""
    if isinstance(verdict, StepUp):
        words = "the person must prove who they are again"
        challenge = f'Bearer realm="espace", error="insufficient_user_authentication", error_description="{words}"'
        challenge += f', acr_values="{verdict.acr}"'
        if verdict.max_age is not None:
            challenge += f', max_age="{verdict.max_age}"'
        return Refusal("insufficient_user_authentication", words, status=401, headers={"www-authenticate": challenge})
    code = verdict.code if isinstance(verdict, Refuse) else "consent_missing"
    headers = {}
    if code == "insufficient_scope" and wish is not None:
        needed = f"patient/{wish.resource}.{wish.interaction}"
        headers = {"www-authenticate": f'Bearer realm="espace", error="insufficient_scope", scope="{needed}"'}
    return Refusal(code, REFUSALS[code], status=403, headers=headers)


def _because(code: str, grant: Grant | None) -> str:
    """The code of the refusal, with why the grant had ended: the holder reads another sentence for each."""
    if code == "consent_ended" and grant is not None and grant.ended_because is not None:
        return f"{code}/{grant.ended_because}"
    return code
