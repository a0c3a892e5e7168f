"""The card of one kind of measure over a stretch of time: choices, figures, curves, values, origins."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from kit.french import PARIS, day, moment, number, plural
from portal.patient.cards import figures
from portal.patient.cards.figures import Chart, Figure
from portal.patient.cards.tiles import BASE, value_words
from portal.patient.glucose import HIGH, LOW, UNITS, Unit
from portal.patient.kinds import GLUCOSE, Kind
from portal.patient.periods import Choice, Window, around
from portal.patient.readings import Reading

ME = "me"
"""The origin of what the person typed."""


@dataclass(frozen=True, slots=True)
class Origin:
    """What is known of the app that values came from, beyond its name."""

    words: str
    """«application autorisée depuis le 16 février 2026», «arrêtée le 2 mars 2026»"""
    href: str


@dataclass(frozen=True, slots=True)
class Link:
    """A choice among a few, as an address."""

    label: str
    href: str
    here: bool = False


@dataclass(frozen=True, slots=True)
class Where:
    """Where some of the values come from."""

    name: str
    words: str
    href: str
    count: str


@dataclass(frozen=True, slots=True)
class MeasureCard:
    """Everything the page of one kind shows."""

    title: str
    window: Window
    choices: Sequence[Link]
    units: Sequence[Link]
    origins: Sequence[Link]
    """The apps that values came from, to see one at a time; empty when there is one."""
    kept: Mapping[str, str]
    """What a form of the page must send again."""
    figures: Sequence[Figure]
    charts: Sequence[Chart]
    columns: Sequence[Any]
    rows: Sequence[Sequence[str]]
    page: int
    pages: int
    url: str
    shown: str
    """«Valeurs 1 à 48 sur 1 344, les plus récentes d’abord.»"""
    sources: Sequence[Where]
    download: str
    earlier: Link | None = None
    """Where the last values are, when there is none here."""

    @property
    def empty(self) -> bool:
        """No value in this stretch."""
        return not self.rows


def measure_card(
    kind: Kind,
    window: Window,
    choices: Sequence[Choice],
    found: Sequence[Reading],
    *,
    unit: Unit,
    origins: Mapping[str, Origin],
    origin: str = "",
    last: Reading | None,
    page: int,
    size: int,
) -> MeasureCard:
    """`found` come oldest first; `last` is the last value of all, when `found` is empty; `origins` by client.

    `origin` is the client whose values alone are wanted; "me" for those of the person, "" for all.
    """
    ours = unit if kind is GLUCOSE else None
    asked = {"duree": window.key} if window.key else {"du": window.said["du"], "au": window.said["au"]}
    unit_said = {"unite": unit.key} if ours else {}
    from_all = found
    known = {one.source_id or ME: one.source or "Vous" for one in from_all}
    origin = origin if origin in known else ""
    found = of_origin(from_all, origin)
    origin_said = {"origine": origin} if origin else {}
    kept = unit_said | origin_said
    pages = max(1, -(-len(found) // size))
    page = min(max(1, page), pages)
    part = list(reversed(found))[(page - 1) * size : page * size]
    first = (page - 1) * size + 1
    if ours:
        curves = [figures.glucose_chart(found, window.words, unit)] if found else []
    else:
        curves = figures.charts(kind, found, window.words)
    return MeasureCard(
        title=kind.label,
        window=window,
        choices=[Link(one.label, _at(kind, {"duree": one.key} | kept), one.key == window.key) for one in choices],
        units=[Link(one.label, _at(kind, asked | kept | {"unite": one.key}), one is unit) for one in UNITS]
        if ours
        else [],
        origins=_origin_links(kind, known, origin, asked | unit_said),
        kept=kept,
        figures=figures.glucose_figures(found, unit) if ours else figures.figures(kind, found),
        charts=curves,
        columns=_columns(kind, ours),
        rows=[_row(reading, ours, window) for reading in part],
        page=page,
        pages=pages,
        url=_at(kind, asked | kept) + "&page={page}#valeurs",
        shown=f"Valeurs {number(first)} à {number(first + len(part) - 1)} sur {number(len(found))}, "
        "les plus récentes d’abord.",
        sources=_sources(from_all, origins),
        download=f"{BASE}/{kind.key}.csv?{urlencode(asked | kept)}",
        earlier=_earlier(kind, last, kept),
    )


def of_origin(found: Sequence[Reading], origin: str) -> list[Reading]:
    """The values of one client, of the person ("me"), or all ("")."""
    return [one for one in found if not origin or (one.source_id or ME) == origin]


def file_rows(kind: Kind, found: Sequence[Reading], unit: Unit) -> list[list[str]]:
    """The values as lines of a table file, the newest first, under their heading."""
    ours = unit if kind is GLUCOSE else None
    lines = [["Date", "Heure", "Mesure", "Valeur", "Unité", "Origine"]]
    for one in reversed(found):
        at = one.at.astimezone(PARIS)
        label = ours.label if ours else kind.unit
        lines.append([f"{at:%Y-%m-%d}", f"{at:%H:%M}", kind.label, value_words(one, ours), label, one.source or "Vous"])
    return lines


def _unit_links(kind: Kind, unit: Unit, asked: Mapping[str, str]) -> list[Link]:
    return [Link(one.label, _at(kind, {**asked, "unite": one.key}), one is unit) for one in UNITS]


def _origin_links(kind: Kind, known: Mapping[str, str], origin: str, asked: Mapping[str, str]) -> list[Link]:
    if len(known) < 2:
        return []
    made = [Link("Toutes", _at(kind, asked), not origin)]
    for key, name in sorted(known.items(), key=lambda item: item[1].casefold()):
        made.append(Link(name, _at(kind, {**asked, "origine": key}), key == origin))
    return made


def _columns(kind: Kind, unit: Unit | None) -> list[Any]:
    value = {"label": f"Valeur ({unit.label if unit else kind.unit})", "number": True}
    return ["Date", value, "Origine"]


def _row(reading: Reading, unit: Unit | None, window: Window) -> list[str]:
    where = reading.source or "Vous"
    if unit is not None:
        where += " (capteur)" if reading.sensor else " (goutte de sang)"
    if reading.unusual:
        where += ", valeur inhabituelle"
    value = value_words(reading, unit)
    if unit is not None and not LOW <= reading.value <= HIGH:
        value += " (basse)" if reading.value < LOW else " (haute)"
    # The year is said by the heading; on a phone it would push the time to a second line.
    year = f" {window.end.astimezone(PARIS).year}"
    return [moment(reading.at).replace(year, ""), value, where]


def _sources(found: Sequence[Reading], origins: Mapping[str, Origin]) -> list[Where]:
    counted: dict[tuple[str, str], int] = {}
    for one in found:
        key = (one.source_id, one.source)
        counted[key] = counted.get(key, 0) + 1
    made = []
    for (known_as, name), count in sorted(counted.items(), key=lambda item: -item[1]):
        origin = origins.get(known_as)
        by_hand = "ajoutée à la main" if count == 1 else "ajoutées à la main"
        words = origin.words if origin else "" if known_as else by_hand
        made.append(Where(name or "Vous", words, origin.href if origin else "", plural(count, "valeur")))
    return made


def _earlier(kind: Kind, last: Reading | None, kept: Mapping[str, str]) -> Link | None:
    if last is None:
        return None
    on = last.at.astimezone(PARIS).date()
    return Link(f"Voir les 14 jours jusqu’au {day(on)}", _at(kind, around(on, 14) | dict(kept)))


def _at(kind: Kind, query: Mapping[str, str]) -> str:
    return f"{BASE}/{kind.key}?{urlencode(query)}"
