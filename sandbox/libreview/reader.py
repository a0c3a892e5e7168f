"""Reads a LibreView export (CSV) line by line: nothing is lost silently, and nothing is guessed.

What is known of the format comes from public exports; Abbott publishes no specification. The first line is about the
export, the second names the columns, the unit is in those names, times are local and have no zone.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import BinaryIO
from zoneinfo import ZoneInfo

from sandbox.libreview.dates import Order, arranged, written
from sandbox.libreview.layout import Layout, Row, rows, survey
from sandbox.libreview.records import Fault, Item, Kind, Reading, Skipped, Tally

PARIS = ZoneInfo("Europe/Paris")

_OTHERS = {
    "3": "corps cétoniques",
    "4": "insuline",
    "5": "repas",
    "6": "événement ou remarque",
}


def items(source: BinaryIO, layout: Layout, zone: ZoneInfo = PARIS) -> Iterator[Item]:
    """Every line under the header as a reading, a line left aside or a fault. Uses memory for one line at a time."""
    last: dict[tuple[str, Kind], Reading] = {}
    for row in rows(source, layout.encoding, layout.delimiter):
        if row.line <= layout.header_line:
            continue
        item = _item(row, layout, zone, last)
        if isinstance(item, Reading):
            last[item.serial, item.kind] = item
        yield item


def read(source: BinaryIO, zone: ZoneInfo = PARIS, order: Order | None = None) -> tuple[list[Reading], Tally]:
    """The whole file at once. Raises NotLibreView."""
    layout = survey(source, order)
    readings: list[Reading] = []
    tally = Tally()
    for item in items(source, layout, zone):
        tally.add(item)
        if isinstance(item, Reading):
            readings.append(item)
    return readings, tally


def _item(row: Row, layout: Layout, zone: ZoneInfo, last: dict[tuple[str, Kind], Reading]) -> Item:
    if row.broken:
        return Fault(row.line, row.broken)
    kind_text = _field(row, layout.record_type)
    if kind_text in _OTHERS:
        return Skipped(row.line, _OTHERS[kind_text])
    if kind_text not in {"0", "1", "2"}:
        unknown = f"type d’enregistrement inconnu : {kind_text[:20]!r}"
        return Fault(row.line, unknown if kind_text else "ligne incomplète")
    kind = Kind(int(kind_text))
    if kind not in layout.values:
        return Fault(row.line, "ce fichier n’a pas de colonne pour ce type de mesure")
    column, unit = layout.values[kind]
    value = _number(_field(row, column))
    if value is None:
        said = _field(row, column)
        return Fault(row.line, f"valeur illisible : {said[:20]!r}" if said else "valeur absente")
    parts = written(_field(row, layout.timestamp))
    local = arranged(parts, layout.order) if parts else None
    if local is None:
        return Fault(row.line, f"date illisible : {_field(row, layout.timestamp)[:30]!r}")
    serial = _field(row, layout.serial)[:100]
    previous = last.get((serial, kind))
    at, moved = _placed(local, zone, previous)
    nth = 1
    if previous is not None and previous.at == at:
        if previous.value == value:
            return Skipped(row.line, "répétition de la ligne précédente")
        nth = previous.nth + 1
    return Reading(row.line, at, kind, value, unit, _field(row, layout.device)[:100], serial, nth, moved)


def _field(row: Row, column: int | None) -> str:
    return row.fields[column].strip() if column is not None and column < len(row.fields) else ""


def _number(text: str) -> Decimal | None:
    try:
        value = Decimal(text.replace(",", "."))
    except InvalidOperation:
        return None
    return value if value.is_finite() and Decimal(0) < value < Decimal(10_000) and len(text) <= 12 else None


def _placed(local: datetime, zone: ZoneInfo, previous: Reading | None) -> tuple[datetime, bool]:
    """The instant (UTC) of a local time without zone, and whether it had to be moved.

    In autumn one hour comes twice: the second time is known by the clock having gone back since the previous line of
    the same sensor. In spring one hour does not exist: such a time is taken one hour later.
    """
    first, second = local.replace(tzinfo=zone, fold=0), local.replace(tzinfo=zone, fold=1)
    at = first.astimezone(UTC)
    if first.utcoffset() == second.utcoffset():
        return at, False
    if at.astimezone(zone).replace(tzinfo=None) != local:
        return at, True
    if previous is not None:
        before = previous.at.astimezone(zone)
        clock = before.replace(tzinfo=None, fold=0)
        if clock.date() == local.date() and (clock > local or (before.fold and clock <= local)):
            return second.astimezone(UTC), False
    return at, False
