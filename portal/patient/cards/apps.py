"""The cards of «Mes applications»: the list, one app, its former versions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from kit.french import ago, clock_time, day, number, plural
from portal.patient.agreements import App, Changes, Consent, Version
from portal.patient.cards.measure import Origin
from portal.patient.cards.words import about, doing, listed, up

BASE = "/espace/applications"
SOON = timedelta(days=30)
"""An end this near is said."""

_DRAWINGS = {"read": "read", "write": "add"}
_OVER = {
    "withdrawn": "Vous l’avez arrêtée",
    "expired": "La durée choisie est écoulée",
    "app_unpaired": "L’application a arrêté le lien",
    "space_closed": "Votre espace a été fermé",
    "client_delisted": "L’application a quitté le catalogue",
    "refused": "Vous avez refusé sa demande",
    "security": "Le lien a été arrêté par sécurité",
}


@dataclass(frozen=True, slots=True)
class Permission:
    """One line of what an app does, as `ui.permission` takes it."""

    direction: str
    what: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class AppCard:
    """One app, in words, as `ui.app_card` takes it, and what may be done with it."""

    grant_id: str
    name: str
    href: str
    state: tuple[str, str]
    permissions: Sequence[Permission]
    since: str | None
    until: str | None
    last: str | None
    count: str | None
    logo: str | None
    limits: Sequence[str]
    """What it limits itself to, in sentences."""
    actions: Sequence[str]
    """Among "open", "consents", "change", "pause", "resume", "stop"."""
    version: int
    consents_uri: str = ""
    opens_at: str = ""
    """The origin that opening the app leads to."""


@dataclass(frozen=True, slots=True)
class Past:
    """A link that is over: how long it lasted, why it ended."""

    name: str
    href: str
    did: str
    span: str
    why: str


@dataclass(frozen=True, slots=True)
class Event:
    """One version of an agreement, as `ui.timeline` takes a line."""

    time: str
    text: str
    icon: str
    kind: str
    detail: str


@dataclass(frozen=True, slots=True)
class Day:
    """The events of one day, as `ui.timeline` takes it."""

    label: str
    lines: Sequence[Event]


@dataclass(frozen=True, slots=True)
class Detail:
    """One app in full."""

    card: AppCard
    publisher: str
    verified: str | None
    site: str
    purpose: str
    policy: str
    refused: str
    over: str
    """Why and when it ended; "" while it stands."""
    days: Sequence[Day]
    history: str


_NOTHING_YET = Permission("none", "vos données", "Vous n’avez pas encore donné vos accords.")


def permissions(consents: Sequence[Consent]) -> list[Permission]:
    """«Lit» «vos mesures»."""
    return [Permission(_DRAWINGS.get(one.direction, "read"), about(one)) for one in consents]


def app_card(app: App, now: datetime, issuer: str) -> AppCard:
    """One app for the list and for its page."""
    pending = app.standing == "pending"
    consents_uri = f"{issuer}/pairings/{app.pairing_id}/consents" if pending and app.pairing_id else ""
    return AppCard(
        grant_id=app.grant_id,
        name=app.client.name,
        href=f"{BASE}/{app.grant_id}",
        state=state(app, now),
        permissions=[_NOTHING_YET] if pending else permissions(app.consents),
        since=day(app.since) if app.since else None,
        until=day(app.until) if app.until else None,
        last=None if pending else ago(app.last_access_at, now).capitalize() if app.last_access_at else "Aucun",
        count=None if pending else number(app.calls_30_days),
        limits=app.limits,
        logo=_logo(app),
        actions=(*(["open"] if opens(app) else []), *_actions(app, bool(consents_uri))),
        version=app.version,
        consents_uri=consents_uri,
        opens_at="{0.scheme}://{0.netloc}".format(urlsplit(app.client.opens_at)) if app.client.opens_at else "",
    )


def opens(app: App) -> bool:
    """It may be opened from here: it says where, and the person agreed to something with it."""
    return bool(app.client.opens_at) and app.standing == "active" and app.client.status == "referenced"


def state(app: App, now: datetime) -> tuple[str, str]:
    """The tag of an app: words and tone."""
    if app.current and app.client.status == "suspended":
        return "Échanges suspendus par le catalogue", "danger"
    match app.standing:
        case "pending":
            return "En attente de vos accords", "info"
        case "active":
            if ends_soon(app, now):
                return "Se termine bientôt", "warning"
            return "Active", "success"
        case "paused":
            return "Suspendue", "warning"
        case "expired":
            return "Durée écoulée", "neutral"
        case _:
            return ("Arrêtée par sécurité", "danger") if app.ended_because == "security" else ("Arrêtée", "neutral")


def ends_soon(app: App, now: datetime) -> bool:
    """Its end is near, and was not so from the start."""
    if app.until is None or app.since is None:
        return False
    return app.until - now <= SOON < app.until - app.since


def past(app: App) -> Past:
    """A link that is over: an end by itself is told from a decision."""
    first = app.since or app.created_at
    span = " – ".join(day(at) for at in (first, app.over_at) if at)
    did = up(listed([doing(one) for one in app.consents]))
    return Past(app.client.name, f"{BASE}/{app.grant_id}", did or "Rien n’a été autorisé", span, over(app))


def over(app: App) -> str:
    """«Vous l’avez arrêtée le 2 mars 2026.»; "" while it stands."""
    if app.current:
        return ""
    because = "expired" if app.standing == "expired" else app.ended_because or "withdrawn"
    words = _OVER.get(because, "Le lien est arrêté")
    return f"{words} le {day(app.over_at)}." if app.over_at else f"{words}."


def origin(app: App) -> Origin:
    """What a page of measures says of an app that values came from."""
    if app.current and app.since:
        words = f"application autorisée depuis le {day(app.since)}"
    elif app.over_at:
        words = f"lien arrêté le {day(app.over_at)}"
    else:
        words = ""
    return Origin(words, f"{BASE}/{app.grant_id}")


def origins(apps: Sequence[App]) -> dict[str, Origin]:
    """By client, the standing agreement before the former ones; apps come the newest first."""
    found: dict[str, Origin] = {}
    for app in sorted(apps, key=lambda one: not one.current):
        found.setdefault(app.client.client_id, origin(app))
    return found


def detail(app: App, now: datetime, issuer: str) -> Detail:
    """The page of one app."""
    client = app.client
    refused = f"{plural(app.refused_30_days, 'demande refusée', 'demandes refusées')} en 30 jours"
    return Detail(
        card=app_card(app, now, issuer),
        publisher=client.publisher,
        verified="Référencée" if client.status == "referenced" else None,
        site=urlsplit(client.site_uri).netloc,
        purpose=client.purpose or client.description,
        policy=client.policy_uri if client.policy_uri.startswith("https://") else "",
        refused=refused if app.refused_30_days else "",
        over=over(app),
        days=days(app.history),
        history=f"/espace/historique?application={client.client_id}",
    )


def days(history: Sequence[Version]) -> list[Day]:
    """The versions of an agreement by day, the newest first."""
    grouped: dict[str, list[Event]] = {}
    for version in history:
        grouped.setdefault(day(version.at), []).append(_event(version))
    return [Day(label, tuple(events)) for label, events in grouped.items()]


def _event(version: Version) -> Event:
    changes = version.changes
    who = "Vous avez" if version.by.kind == "person" else f"{version.by.name or 'Le service'} a"
    text, icon, kind = f"{who} changé vos accords.", "pencil", ""
    before, after = changes.status or ("", "")
    if version.version == 1:
        text, icon = f"{who} ouvert une demande.", "link"
    if after == "active" and before == "paused":
        text, icon, kind = f"{who} repris le lien.", "play", "success"
    elif after == "active":
        text, icon, kind = f"{who} donné vos accords.", "check", "success"
    elif after == "paused":
        text, icon, kind = f"{who} suspendu le lien.", "pause", "warning"
    elif after == "ended":
        text, icon, kind = f"{_OVER.get(version.ended_because or '', 'Le lien est arrêté')}.", "unplug", "warning"
    elif changes.asks_more:
        text, icon = f"{version.by.name or 'L’application'} a demandé plus d’accès.", "info"
    said = [f"{words} : {listed([doing(one) for one in some])}." for words, some in _moved(changes) if some]
    if changes.until and changes.until[1] and after != "ended":
        said.append(f"Jusqu’au {day(changes.until[1])}.")
    return Event(clock_time(version.at), text, icon, kind, " ".join(said))


def _moved(changes: Changes) -> tuple[tuple[str, Sequence[Consent]], ...]:
    return (("Autorisé", changes.added), ("Retiré", changes.removed))


def _logo(app: App) -> str | None:
    """Only pictures that we serve ourselves are shown: a page asks nothing of others."""
    return app.client.logo if app.client.logo.startswith("/static/") else None


def _actions(app: App, consents_page: bool) -> Sequence[str]:
    match app.standing:
        case "pending":
            return ("consents", "stop") if consents_page else ("stop",)
        case "active":
            return ("change", "pause", "stop")
        case "paused":
            return ("resume", "change", "stop")
        case _:
            return ()
