"""The kinds of measures that the pages show: their codes on the wire, and how one says them.

A relying party's own list (LOINC and UCUM are public); what the dossier accepts is the dossier's business.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

MGDL_PER_MMOLL = 18.0182
"""Factor of meters and sensors in use."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind. `factors` bring other UCUM units to `ucum`; `unit` is how people write it."""

    key: str
    label: str
    icon: str
    codes: tuple[str, ...]
    ucum: str
    unit: str
    decimals: int = 0
    factors: Mapping[str, float] = field(default_factory=dict)
    second: str = ""
    """LOINC code of the second component, where a value is a pair (blood pressure)."""

    def standard(self, value: float, ucum: str) -> float | None:
        """`value` in the kind's own unit; None when the unit is not one of its."""
        if ucum in {self.ucum, ""}:
            return value
        factor = self.factors.get(ucum)
        return None if factor is None else value * factor


GLUCOSE = Kind(
    "glycemie",
    "Glycémie",
    "droplet",
    (
        "14745-4", "15074-8", "2345-7", "2339-0", "41653-7", "14743-9", "14749-6",
        "99504-3", "2344-0", "105272-9", "MED-969",
    ),
    "mg/dL",
    "mg/dL",
    factors={"mmol/L": MGDL_PER_MMOLL, "g/L": 100.0, "mg/dl": 1.0, "mmol/l": MGDL_PER_MMOLL, "g/l": 100.0},
)  # fmt: skip

_CHOLESTEROL = {"mmol/L": 38.67, "g/L": 100.0}
_TRIGLYCERIDES = {"mmol/L": 88.57, "g/L": 100.0}

KINDS: tuple[Kind, ...] = (
    GLUCOSE,
    Kind("hba1c", "Hémoglobine glyquée (HbA1c)", "droplet", ("4548-4",), "%", "%", 1),
    Kind("tension", "Tension artérielle", "heart-pulse", ("85354-9",), "mm[Hg]", "mm Hg", second="8462-4"),
    Kind("pouls", "Fréquence cardiaque", "activity", ("8867-4",), "/min", "battements par minute"),
    Kind("poids", "Poids", "scale", ("29463-7",), "kg", "kg", 1, {"g": 0.001, "[lb_av]": 0.45359237}),
    Kind("taille", "Taille", "ruler", ("8302-2",), "cm", "cm", 0, {"m": 100.0, "[in_i]": 2.54}),
    Kind("imc", "Indice de masse corporelle", "scale", ("39156-5",), "kg/m2", "kg/m²", 1),
    Kind("tour-de-taille", "Tour de taille", "ruler", ("8280-0",), "cm", "cm", 0, {"m": 100.0}),
    Kind("temperature", "Température", "thermometer", ("8310-5",), "Cel", "°C", 1),
    Kind("oxygene", "Saturation en oxygène", "activity", ("2708-6", "59408-5"), "%", "%"),
    Kind("respiration", "Fréquence respiratoire", "activity", ("9279-1",), "/min", "par minute"),
    Kind("pas", "Nombre de pas", "footprints", ("41950-7",), "1/(24.h)", "pas", 0, {"/d": 1.0, "{steps}/d": 1.0}),
    Kind("douleur", "Niveau de douleur", "circle-alert", ("72514-3",), "{score}", "sur 10"),
    Kind("cholesterol", "Cholestérol total", "droplet", ("2093-3",), "mg/dL", "mg/dL", 0, _CHOLESTEROL),
    Kind("hdl", "Cholestérol HDL", "droplet", ("2085-9",), "mg/dL", "mg/dL", 0, _CHOLESTEROL),
    Kind("ldl", "Cholestérol LDL", "droplet", ("2089-1", "13457-7"), "mg/dL", "mg/dL", 0, _CHOLESTEROL),
    Kind("triglycerides", "Triglycérides", "droplet", ("2571-8",), "mg/dL", "mg/dL", 0, _TRIGLYCERIDES),
    Kind("perimetre-cranien", "Périmètre crânien", "ruler", ("8287-5",), "cm", "cm", 1, {"m": 100.0}),
)  # fmt: skip

BY_KEY: Mapping[str, Kind] = {kind.key: kind for kind in KINDS}
BY_CODE: Mapping[str, Kind] = {code: kind for kind in KINDS for code in kind.codes}
