"""Spaces, grants and journal lines as JSON."""

from datetime import datetime
from typing import Any

from clients.records import Client
from consent import journal_words, labels, limits, scopes
from consent.api.answers import instant
from consent.days import Use
from consent.grants import Grant, Status, standing
from consent.grants_store import Version
from consent.history import Difference
from consent.journal import Recorded
from consent.labels import Label
from consent.mandates import Child
from consent.spaces import Space


def consent(label: Label) -> dict[str, str]:
    """A consent with its words."""
    return {
        "value": label.value,
        "data_type": label.data_type,
        "direction": label.direction,
        "title": label.title,
        "words": label.does,
        "wants": label.wants,
        "detail": label.detail,
    }


def consents(values: frozenset[str]) -> list[dict[str, str]]:
    """Consents with their words, in the order in which they are always shown."""
    return [consent(label) for label in labels.ordered(values)]


def client(found: Client | None, client_id: str) -> dict[str, Any]:
    """An app as the person is shown it; one that left the catalogue keeps its identifier."""
    if found is None:
        return {"client_id": client_id, "name": client_id, "status": "delisted"}
    return {
        "client_id": found.client_id,
        "name": found.name,
        "status": str(found.status),
        "publisher": found.publisher,
        "description": found.description,
        "purpose": found.purpose,
        "logo": found.logo,
        "site_uri": found.site_uri,
        "policy_uri": found.policy_uri,
        "opens_at": found.options.opens,
    }


def grant(one: Grant, app: Client | None, use: Use, now: datetime) -> dict[str, Any]:
    """An agreement: what, with whom, since when, until when, how much it is used, what could be agreed."""
    return {
        "grant_id": one.id,
        "pairing_id": one.pairing_id,
        "version": one.version,
        "status": str(one.status),
        "standing": str(standing(one, now)),
        "client": client(app, one.client_id),
        "purpose": one.purpose,
        "consents": consents(one.consents),
        "summary": labels.sentence(one.consents),
        "limits": limits.words(one.details),
        "allowed": consents(scopes.possible(one.scope, app.consents) if app else frozenset()),
        "durations": [{"value": value, "words": words} for value, words in labels.DURATIONS.items()],
        "since": instant(one.since),
        "until": instant(one.until),
        "duration": one.duration,
        "ended_at": instant(one.changed_at) if one.status is Status.ENDED else None,
        "ended_because": None if one.ended_because is None else str(one.ended_because),
        "created_at": instant(one.created_at),
        "changed_at": instant(one.changed_at),
        "last_access_at": instant(use.last_at),
        "calls_30_days": use.calls,
        "refused_30_days": use.refused,
    }


def version(one: Version, change: Difference) -> dict[str, Any]:
    """A version of an agreement, and what it changed."""
    return {
        "version": one.version,
        "at": instant(one.at),
        "by": {"kind": one.by_kind, "name": one.by_name},
        "status": str(one.status),
        "consents": consents(one.consents),
        "since": instant(one.since),
        "until": instant(one.until),
        "duration": one.duration,
        "ended_because": None if one.ended_because is None else str(one.ended_because),
        "changes": {
            "added": consents(change.added),
            "removed": consents(change.removed),
            "status": None if change.status is None else [str(change.status[0]), str(change.status[1])],
            "until": None if change.until is None else [instant(change.until[0]), instant(change.until[1])],
            "asks_more": change.asks_more,
        },
    }


def line(recorded: Recorded, reader: str) -> dict[str, Any]:
    """A line of the journal (R106: date and time, author, action, context), in words and in codes."""
    entry = recorded.entry
    return {
        "id": recorded.seq,
        "at": instant(entry.at),
        "sentence": journal_words.sentence(entry, reader),
        "actor": {"kind": entry.actor_kind, "name": journal_words.actor(entry, reader)},
        "action": entry.action,
        "object": entry.object_kind,
        "object_ids": list(entry.object_ids),
        "count": entry.count,
        "context": entry.context,
        "context_words": journal_words.context(entry),
        "outcome": entry.outcome,
        "because": entry.because,
        "reason": journal_words.reason(entry),
        "client_id": entry.client_id,
        "client_name": entry.client_name,
        "grant_id": entry.grant_id,
        "address": entry.address_hint,
    }


def space(one: Space | None, person_id: str) -> dict[str, Any]:
    """A space and its dates; a person nobody told of one has none."""
    if one is None:
        return {"person_id": person_id, "state": None}
    return {
        "person_id": person_id,
        "state": str(one.state),
        "version": one.version,
        "notified_at": instant(one.notified_at),
        "created_at": instant(one.created_at),
        "activated_at": instant(one.activated_at),
        "objected_at": instant(one.objected_at),
        "closed_at": instant(one.closed_at),
    }


def child(one: Child) -> dict[str, Any]:
    """A child, and whether a decision is waited for (R033)."""
    mandate = one.mandate
    more = {"name": mandate.name, "waiting": one.waiting, "until": instant(mandate.until)}
    return {**space(one.space, mandate.child_id), **more}
