"""The card of «Historique»: who did what, in sentences, by day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from kit.french import PARIS, clock_time, day, near, weekday
from portal.patient.agreements import App, Journal, Line

BASE = "/espace/historique"

KINDS: Mapping[str, str] = {
    "": "Tout",
    "app": "Ce que les applications ont fait",
    "person": "Ce que vous avez fait",
    "agreement": "Vos accords",
    "account": "Vos connexions",
    "refused": "Ce qui a été refusé",
}
"""What the page offers, in the words of the API and in French."""

_ICONS = (
    ("grant.paused", "pause"), ("grant.resumed", "play"), ("grant.agreed", "check"), ("grant.amended", "pencil"),
    ("grant.ended", "unplug"), ("grant.expired", "hourglass"), ("grant.", "plug"), ("pairing.", "link"),
    ("space.", "house"), ("child.", "baby"), ("session.ended", "log-out"), ("session.stopped", "log-out"),
    ("session.", "log-in"), ("app.", "log-in"), ("account.", "key-round"), ("create", "plus"), ("update", "pencil"),
    ("delete", "trash-2"), ("read", "eye"), ("search", "eye"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """A line, or several that say the same one after the other, as `ui.timeline` takes it."""

    time: str
    text: str
    icon: str
    kind: str
    detail: str


@dataclass(frozen=True, slots=True)
class JournalDay:
    """The lines of one day."""

    label: str
    lines: Sequence[Row]


@dataclass(frozen=True, slots=True)
class JournalCard:
    """Everything the page shows."""

    days: Sequence[JournalDay]
    apps: Sequence[tuple[str, str]]
    app: str
    kinds: Sequence[tuple[str, str]]
    kind: str
    narrowed: bool
    older: str
    newest: str
    download: str
    kept: str


def journal_card(
    journal: Journal, apps: Sequence[App], *, app: str, kind: str, before: int | None, kept: str, now: datetime
) -> JournalCard:
    """`app` and `kind` narrow; `before` is where this page starts; `kept` is how long the journal is kept."""
    narrowed = {name: value for name, value in (("application", app), ("genre", kind)) if value}
    named = {one.client.client_id: one.client.name for one in apps}
    older = f"{BASE}?{urlencode(narrowed | {'avant': str(journal.next)})}" if journal.next else ""
    return JournalCard(
        days=days(journal.entries, now),
        apps=sorted(named.items(), key=lambda item: item[1].casefold()),
        app=app,
        kinds=list(KINDS.items())[1:],
        kind=kind,
        narrowed=bool(narrowed),
        older=older,
        newest=f"{BASE}?{urlencode(narrowed)}" if before else "",
        download=f"{BASE}.csv?{urlencode(narrowed)}",
        kept=kept,
    )


def days(lines: Sequence[Line], now: datetime) -> list[JournalDay]:
    """By day in Paris, in the order given (the newest first); neighbours that say the same are one row."""
    found: list[JournalDay] = []
    grouped: dict[str, list[list[Line]]] = {}
    for line in lines:
        runs = grouped.setdefault(_label(line.at, now), [])
        if runs and _same(runs[-1][-1], line):
            runs[-1].append(line)
        else:
            runs.append([line])
    for label, runs in grouped.items():
        found.append(JournalDay(label, tuple(_row(run) for run in runs)))
    return found


def own_reading(line: Line) -> bool:
    """The person looked at their own data here: true, and of little news."""
    return line.actor.kind == "person" and line.action in {"read", "search"} and line.outcome != "refused"


def file_rows(lines: Sequence[Line]) -> list[list[str]]:
    """The lines for a table file, under their heading (R106: date and time, author, action, context)."""
    rows = [["Date", "Heure", "Auteur", "Action", "Contexte", "Résultat", "Application"]]
    for line in lines:
        at = line.at.astimezone(PARIS)
        result = "refusé" if line.outcome == "refused" else "fait"
        author = line.actor.name
        rows.append(
            [f"{at:%Y-%m-%d}", f"{at:%H:%M:%S}", author, line.sentence, line.context_words, result, line.client_name]
        )
    return rows


def _row(run: Sequence[Line]) -> Row:
    last, first = run[0], run[-1]
    signing = last.action.startswith("session.")
    words = [last.context_words] if last.context_words and last.actor.kind != "app" and not signing else []
    if len(run) > 1:
        began, ended = clock_time(first.at), clock_time(last.at)
        words.insert(0, f"{len(run)} fois" if began == ended else f"{len(run)} fois, de {began} à {ended}")
    if signing and last.address.strip(":"):
        words.append(f"réseau {last.address}")
    detail = ", ".join(words)
    return Row(
        time=clock_time(last.at),
        text=last.sentence if len({line.sentence for line in run}) == 1 else "Vous avez consulté votre dossier.",
        icon="ban" if last.outcome == "refused" else _icon(last.action),
        kind="warning" if last.outcome == "refused" else "success" if last.action == "grant.agreed" else "",
        detail=f"{detail[:1].upper()}{detail[1:]}." if detail else "",
    )


def _icon(action: str) -> str:
    return next((icon for start, icon in _ICONS if action.startswith(start)), "info")


def _same(one: Line, other: Line) -> bool:
    """Two neighbours are one row when they say the same, or are both the person's own reading: a page makes several."""
    if own_reading(one) and own_reading(other):
        return True
    return (one.sentence, one.action, one.outcome, one.client_id) == (
        other.sentence, other.action, other.outcome, other.client_id,
    )  # fmt: skip


def _label(at: datetime, now: datetime) -> str:
    said = near(at, now)
    label = weekday(at) if said == day(at) or said.endswith("dernier") else f"{said}, {weekday(at)}"
    return label[:1].upper() + label[1:]
