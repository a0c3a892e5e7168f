"""The card of the home page: what waits for the person, then what is new."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from kit.french import day
from portal.patient.agreements import App, Line, Space
from portal.patient.cards.apps import BASE, SOON, ends_soon, state
from portal.patient.cards.journal import JournalDay, days, own_reading

_LINES = 5
_APPS = 4
_SPACE = {
    "notified": "Votre espace n’est pas encore créé. Activez-le pour vous en servir.",
    "created": "Votre espace n’est pas encore activé. Activez-le pour vous en servir.",
    "objected": "Vous avez refusé la création de votre espace. Vous pouvez changer d’avis à tout moment.",
    "closed": "Votre espace est fermé. Vous pouvez encore lire votre historique.",
}


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to do, or one app, as `ui.task_list` takes it."""

    title: str
    href: str | None
    status: str
    kind: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class ChildCard:
    """A child waiting for a decision (R033)."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class HomeCard:
    """Everything the home page shows; None is what did not answer."""

    given: str
    notice: str
    tasks: Sequence[Task]
    children: Sequence[ChildCard]
    apps: Sequence[Task] | None
    more_apps: int
    days: Sequence[JournalDay] | None


def home_card(
    given: str,
    space: Space | None,
    apps: Sequence[App] | None,
    lines: Sequence[Line] | None,
    now: datetime,
    issuer: str,
) -> HomeCard:
    """From what answered."""
    waiting = [one for one in space.children if one.waiting] if space else []
    current = [one for one in apps or () if one.current]
    news = [line for line in lines or () if not own_reading(line)][:_LINES]
    return HomeCard(
        given=given,
        notice=_SPACE.get(space.state or "", "") if space else "",
        tasks=[task for one in apps or () for task in _tasks(one, now, issuer)],
        children=[ChildCard(one.person_id, one.name) for one in waiting],
        apps=None if apps is None else [_app(one, now) for one in current[:_APPS]],
        more_apps=max(0, len(current) - _APPS),
        days=None if lines is None else days(news, now),
    )


def _app(app: App, now: datetime) -> Task:
    words, kind = state(app, now)
    hint = f"Jusqu’au {day(app.until)}" if app.until else ""
    return Task(app.client.name, f"{BASE}/{app.grant_id}", words, kind, hint)


def _tasks(app: App, now: datetime, issuer: str) -> list[Task]:
    """What one app asks of the person."""
    name, page = app.client.name, f"{BASE}/{app.grant_id}"
    if app.standing == "pending":
        there = f"{issuer}/pairings/{app.pairing_id}/consents" if app.pairing_id else page
        return [Task(f"Répondre à {name}", there, "À faire", "info", "Cette application attend vos accords.")]
    if app.standing == "active" and app.until and ends_soon(app, now):
        hint = f"Votre accord se termine le {day(app.until)}."
        return [Task(f"Garder {name} ?", f"{page}/modifier", "Bientôt", "warning", hint)]
    if app.ended_because == "security" and app.ended_at and now - app.ended_at <= SOON:
        hint = f"Le lien a été arrêté le {day(app.ended_at)}, pour vous protéger."
        return [Task(f"Vérifier {name}", page, "Sécurité", "danger", hint)]
    return []
