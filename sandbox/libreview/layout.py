"""The shape of an export: encoding, separator, columns, unit, order of the dates. Found in a first reading of it."""

import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import BinaryIO, cast

from sandbox.libreview.dates import Order, OrderFinder, written
from sandbox.libreview.records import Kind, Unit

MOST_BYTES = 60 * 1024 * 1024
"""About seven years of a sensor that writes every five minutes."""
_HEADER_WITHIN = 10
_DELIMITERS = (",", ";", "\t")


class NotLibreView(ValueError):
    """The file is not an export that we can read; the message says why, in words for the person."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How to read the file."""

    encoding: str
    delimiter: str
    header_line: int
    """Of the line with the names of the columns, counted from 1."""
    device: int | None
    serial: int | None
    timestamp: int
    record_type: int
    values: Mapping[Kind, tuple[int, Unit]]
    """The column and the unit of each kind of reading that the file has."""
    order: Order
    french: bool


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the file that has something on it. `broken` says why the line could not even be cut into fields."""

    line: int
    fields: list[str]
    broken: str = ""


def survey(source: BinaryIO, order: Order | None = None) -> Layout:
    """Read the file once and tell its shape. `order` settles the order of the dates instead of looking for it.

    Raises NotLibreView. The file is left at its beginning.
    """
    size = source.seek(0, io.SEEK_END)
    if size > MOST_BYTES:
        raise NotLibreView("Ce fichier est trop grand.")
    for encoding in _encodings(source):
        try:
            return _survey(source, encoding, order)
        except UnicodeDecodeError:
            continue
        finally:
            source.seek(0)
    raise NotLibreView("Ce fichier n’est pas un texte lisible.")


def rows(source: BinaryIO, encoding: str, delimiter: str) -> Iterator[Row]:
    """The lines of the file, cut into fields; empty ones are passed over. The source stays open."""
    source.seek(0)
    # TextIOWrapper wants the whole IOBase interface; spooled uploads have what it really uses.
    text = io.TextIOWrapper(cast("io.BufferedReader", source), encoding=encoding, newline="")
    reader = csv.reader(text, delimiter=delimiter)
    begun = 0
    try:
        while True:
            try:
                fields = next(reader)
            except StopIteration:
                return
            except csv.Error:
                yield Row(begun + 1, [], "ligne illisible (guillemets ou caractères interdits)")
                begun = reader.line_num
                continue
            if any(field.strip() for field in fields):
                yield Row(begun + 1, fields)
            begun = reader.line_num
    finally:
        text.detach()


def _encodings(source: BinaryIO) -> tuple[str, ...]:
    source.seek(0)
    start = source.read(4)
    if start[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return ("utf-16",)
    return ("utf-8-sig", "latin-1")


def _survey(source: BinaryIO, encoding: str, order: Order | None) -> Layout:
    for delimiter in _DELIMITERS:
        columns: dict[str, int] = {}
        values: dict[Kind, tuple[int, Unit]] = {}
        finder: OrderFinder | None = None
        header = 0
        for nth, row in enumerate(rows(source, encoding, delimiter)):
            if finder is None:
                if nth >= _HEADER_WITHIN:
                    break
                columns, values, french = _columns(row.fields)
                if "timestamp" in columns and "record_type" in columns:
                    header = row.line
                    finder = OrderFinder(french)
                continue
            at = columns["timestamp"]
            if len(row.fields) > at and (parts := written(row.fields[at])):
                finder.see(parts)
        if finder is None:
            continue
        if not values:
            raise NotLibreView("Ce fichier n’a pas de colonne de glycémie.")
        found = order or finder.order()
        if found is None:
            raise NotLibreView("Les dates de ce fichier peuvent se lire de deux façons. Indiquez l’ordre des dates.")
        return Layout(
            encoding=encoding,
            delimiter=delimiter,
            header_line=header,
            device=columns.get("device"),
            serial=columns.get("serial"),
            timestamp=columns["timestamp"],
            record_type=columns["record_type"],
            values=values,
            order=found,
            french=finder.french,
        )
    raise NotLibreView("Ce fichier n’est pas un export LibreView : sa ligne d’en-tête manque.")


_NAMES = {
    "device": "device",
    "appareil": "device",
    "serial number": "serial",
    "numero de serie": "serial",
    "device timestamp": "timestamp",
    "horodatage de l'appareil": "timestamp",
    "record type": "record_type",
    "type d'enregistrement": "record_type",
}
_UNIT = re.compile(r"\(?(mg/dl|mmol/l)\)?$")
_KINDS = (
    (Kind.HISTORIC, ("historic",), ("historique",)),
    (Kind.SCAN, ("scan",), ("numeris",)),
    (Kind.STRIP, ("strip",), ("bandelette",)),
)


def _columns(names: list[str]) -> tuple[dict[str, int], dict[Kind, tuple[int, Unit]], bool]:
    columns: dict[str, int] = {}
    values: dict[Kind, tuple[int, Unit]] = {}
    french = False
    for place, name in enumerate(names):
        plain = _plain(name)
        if plain in _NAMES:
            columns.setdefault(_NAMES[plain], place)
            french = french or plain == "horodatage de l'appareil"
        unit = _UNIT.search(plain)
        if unit is None or not ("gluc" in plain or "glyc" in plain or "strip" in plain):
            continue
        for kind, english, other in _KINDS:
            if any(word in plain for word in english + other):
                values.setdefault(kind, (place, "mmol/L" if unit[1] == "mmol/l" else "mg/dL"))
                break
    return columns, values, french


def _plain(name: str) -> str:
    spread = unicodedata.normalize("NFKD", name.strip().replace("\u2019", "'").lower())
    return " ".join("".join(letter for letter in spread if not unicodedata.combining(letter)).split())
