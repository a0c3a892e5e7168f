"""Readings to the provider, a Bundle at a time: what was added, what it had already, what it refused and why."""

import re
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.glucolink.provider import issue_code
from sandbox.glucolink.trouble import Refused, Unreachable

Post = Callable[[Mapping[str, Any]], Awaitable[dict[str, Any]]]
"""Sends one Bundle and gives the one that answers. Raises Refused, Unreachable."""

_PLACE = re.compile(r"Bundle\.entry\[(\d+)\]")
_REASONS = {
    "value_impossible": "valeur impossible",
    "value_not_number": "valeur illisible",
    "unit_refused": "unité refusée",
    "effective_future": "date dans le futur",
    "effective_too_old": "date trop ancienne",
    "effective_before_birth": "date d’avant votre naissance",
    "effective_invalid": "date illisible",
    "code_unknown": "type de mesure inconnu",
}


@dataclass(slots=True)
class Outcome:
    """What became of the readings of a Bundle."""

    added: int = 0
    known: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    """By reason, in words."""

    @property
    def count(self) -> int:
        """Readings whose fate is known."""
        return self.added + self.known + self.refused.total()


async def send(post: Post, bundle: Mapping[str, Any]) -> Outcome:
    """Send a transaction. Entries that the provider finds faulty are left out, and the others sent again.

    A transaction is all or nothing (FHIR R4 §3.1.0.11.2): one impossible value must not hold back a day of readings.
    Raises Refused when it is not the content that is refused, and Unreachable.
    """
    outcome = Outcome()
    entries = list(bundle["entry"])
    while any(_is_reading(entry) for entry in entries):
        try:
            answer = await post({**bundle, "entry": entries})
        except Refused as refused:
            if refused.status not in {400, 422}:
                raise
            faulty = _faulty(refused, entries)
            outcome.refused.update(faulty.values())
            entries = [entry for place, entry in enumerate(entries) if place not in faulty]
            continue
        _count(outcome, entries, answer)
        break
    return outcome


def _faulty(refused: Refused, entries: list[Mapping[str, Any]]) -> dict[int, str]:
    """The place of each refused reading, and why. Raises the refusal itself when it names none."""
    faulty: dict[int, str] = {}
    for issue in refused.body.get("issue") or ():
        if issue.get("severity") not in {"error", "fatal"}:
            continue
        for expression in issue.get("expression") or ():
            found = _PLACE.match(expression)
            if found and int(found[1]) < len(entries) and _is_reading(entries[int(found[1])]):
                said = str(issue.get("diagnostics") or "")[:120]
                faulty.setdefault(int(found[1]), _REASONS.get(issue_code(issue), said or "refusée"))
    if not faulty:
        raise refused
    return faulty


def _count(outcome: Outcome, entries: list[Mapping[str, Any]], answer: Mapping[str, Any]) -> None:
    answers = answer.get("entry") or ()
    if len(answers) != len(entries):
        raise Unreachable("the answer does not match the Bundle")
    for entry, said in zip(entries, answers, strict=True):
        if not _is_reading(entry):
            continue
        if str(said.get("response", {}).get("status", "")).startswith("201"):
            outcome.added += 1
        else:
            outcome.known += 1


def _is_reading(entry: Mapping[str, Any]) -> bool:
    return bool(entry["resource"]["resourceType"] == "Observation")
