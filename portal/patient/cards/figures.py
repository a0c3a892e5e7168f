"""Figures and curves of some values: those of glucose with its target, those of any other kind."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from kit.french import NARROW, day, moment, number, plural
from portal.patient import glucose
from portal.patient.cards.tiles import value_words
from portal.patient.glucose import HIGH, LOW, Unit
from portal.patient.kinds import Kind
from portal.patient.readings import Reading


@dataclass(frozen=True, slots=True)
class Figure:
    """A number that matters."""

    label: str
    value: str
    unit: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """A curve with its sentence and its table, as `ui.chart` takes them."""

    id: str
    title: str
    points: Sequence[tuple[float, float | None]]
    summary: str
    unit: str
    columns: Sequence[Any]
    rows: Sequence[Sequence[str]]
    low: float | None = None
    high: float | None = None
    start: str = ""
    end: str = ""
    decimals: int = 0


def glucose_sentence(found: Sequence[Reading], words: str, unit: Unit) -> str:
    """Mean, extremes, share in the target, number: in four short sentences. `words`: «Ces 14 derniers jours»."""
    figures = glucose.summary(one.value for one in found)
    if figures is None:
        return f"{words} : aucune valeur."
    mean, lowest, highest = (
        number(unit.of(value), unit.decimals) for value in (figures.mean, figures.lowest, figures.highest)
    )
    return (
        f"{words}, votre glycémie moyenne est de {mean}{NARROW}{unit.label}. "
        f"Elle va de {lowest} à {highest}{NARROW}{unit.label}. "
        f"{share(figures.within).capitalize()} des valeurs sont dans la cible. "
        f"{plural(figures.count, 'valeur')} en tout."
    )


def glucose_figures(found: Sequence[Reading], unit: Unit) -> list[Figure]:
    """Mean, shares, extremes; nothing when there is no value."""
    figures = glucose.summary(one.value for one in found)
    if figures is None:
        return []

    def said(value: float) -> str:
        return number(unit.of(value), unit.decimals)

    return [
        Figure("Moyenne", said(figures.mean), unit.label),
        Figure("Dans la cible", _short(figures.within), "", f"de {said(LOW)} à {said(HIGH)} {unit.label}"),
        Figure("Sous la cible", _short(figures.below), "", f"moins de {said(LOW)} {unit.label}"),
        Figure("Au-dessus", _short(figures.above), "", f"plus de {said(HIGH)} {unit.label}"),
        Figure("La plus basse", said(figures.lowest), unit.label),
        Figure("La plus haute", said(figures.highest), unit.label),
    ]


def glucose_chart(found: Sequence[Reading], words: str, unit: Unit) -> Chart:
    """The curve in the person's unit with its target, and the table day by day. `found` is not empty."""
    rows = []
    for one in glucose.days(found):
        of = one.summary
        values = [number(unit.of(value), unit.decimals) for value in (of.mean, of.lowest, of.highest)]
        rows.append([day(one.day), *values, share(of.within), number(of.count)])
    heads = (f"Moyenne ({unit.label})", "Plus basse", "Plus haute", "Dans la cible", "Valeurs")
    points = [(at, None if value is None else round(unit.of(value), 2)) for at, value in glucose.points(found)]
    return Chart(
        id="glycemie",
        title="Courbe de glycémie",
        points=points,
        summary=glucose_sentence(found, words, unit),
        unit=unit.label,
        columns=["Jour", *({"label": head, "number": True} for head in heads)],
        rows=rows,
        low=round(unit.of(LOW), unit.decimals),
        high=round(unit.of(HIGH), unit.decimals),
        start=moment(found[0].at),
        end=moment(found[-1].at),
        decimals=unit.decimals,
    )


def figures(kind: Kind, found: Sequence[Reading]) -> list[Figure]:
    """The last value, then mean and extremes where one number says it."""
    if not found:
        return []
    last = found[-1]
    made = [Figure("Dernière valeur", value_words(last), kind.unit, day(last.at))]
    if len(found) > 1 and not kind.second:
        values = [one.value for one in found]
        for label, value in zip(_OVER_ALL, (fmean(values), min(values), max(values)), strict=True):
            made.append(Figure(label, number(value, kind.decimals), kind.unit))
    return made


def charts(kind: Kind, found: Sequence[Reading], words: str) -> list[Chart]:
    """One curve, two for a pair; none for a single value: the figure says it."""
    if len(found) < 2:
        return []
    first = [(one.at, one.value) for one in found]
    series = {"Courbe": first}
    if kind.second:
        second = [(one.at, one.second) for one in found if one.second is not None]
        series = {"Maximale (systolique)": first, "Minimale (diastolique)": second}
    made = []
    for rank, (title, line) in enumerate(series.items()):
        values = [value for _, value in line]
        low, high = (number(value, kind.decimals) for value in (min(values), max(values)))
        made.append(
            Chart(
                id=f"{kind.key}-{rank + 1}",
                title=title,
                points=[(int(at.timestamp()), value) for at, value in line],
                summary=f"{words} : {plural(len(line), 'valeur')}, de {low} à {high}{NARROW}{kind.unit}.",
                unit=kind.unit,
                columns=["Date", {"label": f"Valeur ({kind.unit})", "number": True}],
                rows=[[moment(at), number(value, kind.decimals)] for at, value in reversed(line)],
                start=day(found[0].at),
                end=day(found[-1].at),
                decimals=kind.decimals,
            )
        )
    return made


def share(part: float) -> str:
    """«78 %»; what is little but there is not said to be nothing."""
    percent = part * 100
    if 0 < percent < 1:
        return f"moins de 1{NARROW}%"
    if 99 < percent < 100:
        return f"plus de 99{NARROW}%"
    return f"{number(percent, 0)}{NARROW}%"


def _short(part: float) -> str:
    """The same where there is little room: «< 1 %»."""
    return share(part).replace("moins de ", f"<{NARROW}").replace("plus de ", f">{NARROW}")


_OVER_ALL = ("Moyenne", "La plus basse", "La plus haute")
