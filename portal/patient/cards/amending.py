"""The cards of «Modifier»: what may be chosen, what a choice changes, what is wrong with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from kit.french import day
from kit.periods import Period
from portal.patient.agreements import App
from portal.patient.cards.apps import BASE
from portal.patient.cards.words import doing, not_doing, up

Option = Mapping[str, str | None]
"""A box or a radio button, as `ui.checkboxes` and `ui.radios` take it: value, label, hint."""


@dataclass(frozen=True, slots=True)
class Change:
    """One line of «Ce qui change»."""

    kind: str
    """"add", "remove" or "until"."""
    text: str


@dataclass(frozen=True, slots=True)
class Choice:
    """What the form said."""

    consents: Sequence[str]
    duration: str


@dataclass(frozen=True, slots=True)
class AmendCard:
    """The form, with what was chosen and what is wrong."""

    name: str
    version: int
    action: str
    back: str
    stop: str
    options: Sequence[Option]
    chosen: Sequence[str]
    durations: Sequence[Option]
    duration: str
    errors: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ReviewCard:
    """What changes, before it is confirmed."""

    name: str
    version: int
    action: str
    changes: Sequence[Change]
    same: Sequence[str]
    choice: Choice


KEEP = "garder"
"""The duration that leaves the end where it is."""


def as_it_is(app: App) -> Choice:
    """What is agreed now."""
    return Choice([one.value for one in app.consents], KEEP)


def amend_card(app: App, choice: Choice, errors: Mapping[str, str], now: datetime) -> AmendCard:
    """The form of one app."""
    base = f"{BASE}/{app.grant_id}"
    keep = [_option(KEEP, f"Ne pas changer : jusqu’au {day(app.until)}")] if app.until else []
    return AmendCard(
        name=app.client.name,
        version=app.version,
        action=f"{base}/modifier",
        back=base,
        stop=f"{base}/arreter",
        options=[_option(one.value, up(doing(one)), one.detail or None) for one in app.allowed],
        chosen=choice.consents,
        durations=[
            *keep,
            *(_option(one.value, one.words, f"Jusqu’au {_end(one.value, now)}") for one in app.durations),
        ],
        duration=choice.duration,
        errors=errors,
    )


def faults(app: App, choice: Choice) -> dict[str, str]:
    """What is wrong with a choice, by field; the sentence says what to do."""
    known = {one.value for one in app.allowed}
    if not choice.consents:
        return {"consent": "Cochez au moins une ligne. Pour tout retirer, arrêtez l’application."}
    if not set(choice.consents) <= known:
        return {"consent": "Choisissez parmi les lignes proposées."}
    if choice.duration != KEEP and choice.duration not in {one.value for one in app.durations}:
        return {"duration": "Choisissez une durée proposée."}
    if choice.duration == KEEP and set(choice.consents) == {one.value for one in app.consents}:
        return {"": "Rien n’est changé. Cochez, décochez, ou choisissez une autre durée."}
    return {}


def review_card(app: App, choice: Choice, now: datetime) -> ReviewCard:
    """What a sound choice changes, and what it leaves."""
    name, before = app.client.name, {one.value for one in app.consents}
    added = [one for one in app.allowed if one.value in choice.consents and one.value not in before]
    removed = [one for one in app.consents if one.value not in choice.consents]
    changes = [Change("add", f"{name} pourra aussi {doing(one)}.") for one in added]
    changes += [Change("remove", f"{name} ne pourra plus {not_doing(one)}.") for one in removed]
    if choice.duration != KEEP:
        instead = f", au lieu du {day(app.until)}" if app.until else ""
        changes.append(Change("until", f"Votre accord va jusqu’au {_end(choice.duration, now)}{instead}."))
    same = [f"{name} {one.words}." for one in app.consents if one not in removed]
    return ReviewCard(name, app.version, f"{BASE}/{app.grant_id}/modifier", changes, same, choice)


def _option(value: str, label: str, hint: str | None = None) -> Option:
    return {"value": value, "label": label, "hint": hint}


def _end(duration: str, now: datetime) -> str:
    return day(Period.parse(duration).after(now))
