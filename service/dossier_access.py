"""The dossier asks, the consents answer: each in its own words, translated here."""

from datetime import datetime

from sqlalchemy import Connection

from consent import policy, scopes
from consent.access import Access, refused
from consent.access import Permit as Agreed
from consent.access import Trace as Line
from consent.question import Wish
from consent.verdicts import Refuse
from dossier.access import Ask, Filter, Filters, Holder, Permit, Trace
from idp.accounts import store as accounts
from idp.accounts.records import profile_of
from kit.guard import AccessClaims

_WHO = frozenset({"fhirUser", "launch/patient"})
"""Scopes whose token may know whom it is about (SMART App Launch 2.2 §2.0.2, §2.1.7)."""
_PATIENT = Wish("Patient", "r", "identity")
_ACTIONS = {"c": "create", "r": "read", "s": "search", "batch": "search", "transaction": "create"}


class DossierAccess:
    """`dossier.access.Access` over `consent.access.Access`."""

    def __init__(self, access: Access) -> None:
        self._access = access

    def decide(self, db: Connection, claims: AccessClaims, ask: Ask, now: datetime) -> Permit:
        """The permit. Raises Refusal(403), or 401 when the token was ended."""
        agreed = self._access.decide(db, claims, ask, now)
        person = accounts.find(db, agreed.person_id) if ask.interaction == "c" else None
        return Permit(
            person_id=agreed.person_id,
            client_id=agreed.client_id,
            client_name=agreed.client_name,
            grant_id=agreed.grant_id,
            patient=agreed.patient,
            filters=_filters(agreed.filters),
            source_kind="person" if agreed.acting == "person" else "app",
            born=person.birth_date if person else None,
        )

    def holder(self, db: Connection, claims: AccessClaims, now: datetime) -> Holder:
        """Whom the token is about. By name only when the person agreed to tell their identity, or in their own portal.

        Raises Refusal(403), or 401 when the token was ended.
        """
        grant, client = self._access.grant(db, claims, policy.REFRESH, now)
        reads = scopes.covers(claims.scope, "Patient", "r", None)
        if not reads and not claims.scope & _WHO:
            raise refused(Refuse("insufficient_scope"), _PATIENT)
        person = accounts.find(db, grant.person_id)
        told = person if reads or "profile" in claims.scope else None
        permit = Permit(
            person_id=grant.person_id,
            client_id=client.client_id,
            client_name=client.name,
            grant_id=grant.id,
            patient=claims.patient or claims.subject,
            source_kind="person" if client.first_party else "app",
            born=told.birth_date if told else None,
        )
        if told is None:
            return Holder(permit)
        said = profile_of(told)
        return Holder(permit, True, said.family_name, tuple(said.given_name.split()), said.gender, told.changed_at)

    def record(self, db: Connection, permit: Permit | None, claims: AccessClaims, trace: Trace, now: datetime) -> None:
        """One line of the person's journal."""
        line = Line(
            action=_ACTIONS[trace.interaction],
            resource=trace.resource,
            count=trace.count,
            outcome="refused" if trace.refusal else "allowed",
            because=trace.refusal,
            about=trace.measures,
            resource_ids=trace.ids,
            address=trace.address,
        )
        self._access.record(db, _agreed(permit), claims, line, now)


def _agreed(permit: Permit | None) -> Agreed | None:
    if permit is None:
        return None
    return Agreed(
        person_id=permit.person_id,
        client_id=permit.client_id,
        client_name=permit.client_name,
        grant_id=permit.grant_id or "",
        patient=permit.patient,
        filters=(),
        acting="person" if permit.source_kind == "person" else "app",
    )


def _filters(alternatives: tuple[str, ...]) -> Filters:
    """ "category=SYSTEM|CODE&code=…" as pairs of a parameter and a value."""
    return tuple(tuple(Filter(*part.split("=", 1)) for part in alternative.split("&")) for alternative in alternatives)
