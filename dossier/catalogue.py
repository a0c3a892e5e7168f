"""The catalogue of measures: codes, units, bounds, read once from `dossier/data/`.

Source: the French guide "Mesures de santé" (ANS, FHIR R4, 3.1.0) and LOINC. The bounds are ours: outside the plausible
range a value is kept with a warning, outside the hard range it is refused. They are no clinical limits.
"""

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Literal

VERSION = "2026.11"
"""Of the tables; raise it when a row changes."""

UCUM = "http://unitsofmeasure.org"
LOINC = "http://loinc.org"
_CISIS = "https://smt.esante.gouv.fr/fhir/CodeSystem/terminologie-cisis"
_NCIT = "http://ncicb.nci.nih.gov/xml/owl/EVS/Thesaurus.owl"
_ALIASES = {
    "https://mos.esante.gouv.fr/NOS/TRE_A04-Loinc/FHIR/TRE-A04-Loinc": LOINC,
    "urn:oid:2.16.840.1.113883.6.1": LOINC,
    "https://mos.esante.gouv.fr/NOS/TRE_R308-TAASIP/FHIR/TRE-R308-TAASIP": _CISIS,
    "https://mos.esante.gouv.fr/NOS/TRE_R307-NCIT/FHIR/TRE-R307-NCIT": _NCIT,
    "https://mos.esante.gouv.fr/NOS/TRE_R247-UcumUniteMesure/FHIR/TRE-R247-UcumUniteMesure": UCUM,
    "urn:oid:2.16.840.1.113883.6.8": UCUM,
}


@dataclass(frozen=True, slots=True)
class Code:
    """One way to name a measure. `quantity` is "mass" or "moles" where the code itself says which, else empty."""

    measure: str
    system: str
    code: str
    display: str
    quantity: str


@dataclass(frozen=True, slots=True)
class Conversion:
    """From another unit to the canonical one: value × factor + offset."""

    ucum: str
    factor: Decimal
    offset: Decimal


@dataclass(frozen=True, slots=True)
class Bounds:
    """Inclusive limits, in the canonical unit."""

    plausible: tuple[Decimal, Decimal]
    hard: tuple[Decimal, Decimal]


@dataclass(frozen=True, slots=True)
class Measure:
    """A kind of measure: what it is called, in what unit it is kept and compared, who may write it."""

    key: str
    label: str
    kind: Literal["simple", "panel", "component"]
    ucum: str
    bounds: Bounds | None
    decimals: int
    categories: tuple[str, ...]
    """Codes of observation-category under which it may come; the first one is given when none comes."""
    writable: bool
    codes: tuple[Code, ...]
    conversions: Mapping[str, Conversion]

    def canonical(self, value: Decimal, ucum: str) -> Decimal | None:
        """`value` in the canonical unit, or None when the unit `ucum` is not one of this measure's."""
        conversion = self.conversions.get(spelled(ucum))
        return None if conversion is None else value * conversion.factor + conversion.offset

    @property
    def units(self) -> tuple[str, ...]:
        """The UCUM units that are understood, the canonical one first."""
        return tuple(conversion.ucum for conversion in self.conversions.values())


@dataclass(frozen=True, slots=True)
class Moment:
    """A coded word of the guide with its French label: a moment of the day, a number of days."""

    system: str
    code: str
    label: str


class Catalogue:
    """Every measure by key and by code."""

    def __init__(self, measures: Mapping[str, Measure], moments: tuple[Moment, ...], days: tuple[Moment, ...]) -> None:
        self.measures = MappingProxyType(dict(measures))
        self.moments = moments
        self.days = days
        self._by_code = {(code.system, code.code): code for measure in measures.values() for code in measure.codes}
        self._by_bare: dict[str, set[str]] = {}
        for code in self._by_code.values():
            self._by_bare.setdefault(code.code, set()).add(code.measure)

    def code(self, system: str, code: str) -> Code | None:
        """The catalogue's entry for a coding, national aliases of LOINC, NCIT and UCUM understood."""
        return self._by_code.get((known_system(system), code))

    def keys_of(self, system: str | None, code: str) -> set[str]:
        """The measures that a search token names: every code of one measure finds it. `system` None means any."""
        if system is None:
            return self._by_bare.get(code, set())
        found = self.code(system, code)
        return {found.measure} if found else set()

    def __getitem__(self, key: str) -> Measure:
        return self.measures[key]


def known_system(system: str) -> str:
    """The usual address of a code system that may come under a national alias."""
    return _ALIASES.get(system, system)


_ANNOTATION = re.compile(r"\{[^}]*\}")
_LITRE = re.compile(r"(?<=[/dmcu])l\b")


def spelled(ucum: str) -> str:
    """One spelling for a UCUM unit: annotations dropped, `l` written `L`, a leading `1/` written `/` (UCUM §6, §38)."""
    bare = _LITRE.sub("L", _ANNOTATION.sub("", ucum))
    if bare.startswith("1/"):
        bare = bare[1:]
    return bare or "1"


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (Path(__file__).parent / "data" / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _bounds(row: Mapping[str, str]) -> Bounds | None:
    if not row["hard_min"]:
        return None
    low, high, floor, ceiling = (
        Decimal(row[name]) for name in ("min_plausible", "max_plausible", "hard_min", "hard_max")
    )
    return Bounds((low, high), (floor, ceiling))


def _measure(row: Mapping[str, str], codes: tuple[Code, ...], families: Mapping[str, list[Conversion]]) -> Measure:
    kind: Literal["simple", "panel", "component"] = (
        "panel" if row["kind"] == "panel" else "component" if row["kind"] == "component" else "simple"
    )
    units = [Conversion(row["ucum"], Decimal(1), Decimal(0)), *families.get(row["family"], [])]
    return Measure(
        key=row["measure"],
        label=row["label_fr"],
        kind=kind,
        ucum=row["ucum"],
        bounds=_bounds(row),
        decimals=int(row["decimals"] or 0),
        categories=tuple(row["categories"].split("|")),
        writable=row["writable"] == "yes",
        codes=codes,
        conversions=MappingProxyType({spelled(unit.ucum): unit for unit in units}),
    )


def _moments(name: str) -> tuple[Moment, ...]:
    return tuple(Moment(row["system"], row["code"], row["label_fr"]) for row in _rows(name))


def load() -> Catalogue:
    """Read the tables. Raises KeyError or ValueError when one of them is wrong: the tests read them all."""
    codes: dict[str, list[Code]] = {}
    for row in _rows("codes.csv"):
        code = Code(row["measure"], row["system"], row["code"], row["display"], row["quantity"])
        codes.setdefault(code.measure, []).append(code)
    families: dict[str, list[Conversion]] = {}
    for row in _rows("conversions.csv"):
        conversion = Conversion(row["ucum"], Decimal(row["factor"]), Decimal(row["offset"]))
        families.setdefault(row["family"], []).append(conversion)
    measures = {row["measure"]: _measure(row, tuple(codes[row["measure"]]), families) for row in _rows("measures.csv")}
    if codes.keys() - measures.keys():
        raise ValueError(f"codes without a measure: {codes.keys() - measures.keys()}")
    return Catalogue(measures, _moments("glucose_moments.csv"), _moments("glucose_days.csv"))


CATALOGUE = load()
