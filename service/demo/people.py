"""The people of the demo. They are made up: their numbers belong to nobody, their telephones are kept for fiction."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from idp.accounts.records import Sex

PASSWORD = "Espace-Sante-2026!"  # noqa: S105 - shown on the demo's first page

Stage = Literal["notified", "created", "activated", "objected", "closed"]


@dataclass(frozen=True, slots=True)
class Figure:
    """One made-up person, and how far they have come."""

    key: str
    given_names: str
    family_name: str
    sex: Sex
    birth_date: date
    nir: str
    """13 characters and their key, without spaces."""
    stage: Stage
    vitale_serial: str | None = None
    email: str | None = None
    mobile: str | None = None
    identifier: str | None = None
    """Who has one signs in with `PASSWORD`."""
    further: Mapping[str, Any] | None = None
    """The rest of the standard claims (`idp.accounts.further`)."""
    children: tuple[str, ...] = ()
    words: str = ""
    """What they are for, as the entrance says it."""

    @property
    def name(self) -> str:
        """«Gabrielle Capanelli»."""
        return f"{self.given_names.split()[0]} {self.family_name}"


PEOPLE: tuple[Figure, ...] = (
    Figure(
        key="gabrielle",
        given_names="Gabrielle",
        family_name="Capanelli",
        sex=Sex.FEMALE,
        birth_date=date(1979, 3, 12),
        nir="279037599902148",
        stage="activated",
        vitale_serial="80250000000000000101",
        email="gabrielle.capanelli@example.org",
        mobile="+33639980001",
        identifier="gabrielle.capanelli",
        words="Son espace est ouvert et contient un mois de glycémie.",
    ),
    Figure(
        key="inaya",
        given_names="Inaya",
        family_name="Michel",
        sex=Sex.FEMALE,
        birth_date=date(1968, 4, 9),
        nir="268047599909742",
        stage="created",
        vitale_serial="80250000000000000202",
        email="inaya.michel@example.org",
        mobile="+33639980002",
        children=("lola", "mathis", "louis"),
        words="Son espace l’attend : elle peut l’activer, puis décider pour ses trois enfants.",
    ),
    Figure("lola", "Lola", "Michel", Sex.FEMALE, date(2012, 8, 21), "212087599903106", "created"),
    Figure("mathis", "Mathis", "Michel", Sex.MALE, date(2015, 2, 3), "115027599903206", "created"),
    Figure("louis", "Louis", "Michel", Sex.MALE, date(2018, 9, 14), "118097599903367", "created"),
    Figure(
        key="marc",
        given_names="Marc",
        family_name="Objecteur",
        sex=Sex.MALE,
        birth_date=date(1985, 6, 17),
        nir="185067599904126",
        stage="objected",
        vitale_serial="80250000000000000303",
        email="marc.objecteur@example.org",
        mobile="+33639980003",
        words="Il s’est opposé à la création de son espace.",
    ),
    Figure(
        key="jeanne",
        given_names="Jeanne",
        family_name="Close",
        sex=Sex.FEMALE,
        birth_date=date(1954, 1, 30),
        nir="154017599904209",
        stage="closed",
        vitale_serial="80250000000000000404",
        email="jeanne.close@example.org",
        mobile="+33639980004",
        identifier="jeanne.close",
        words="Elle a fermé son espace.",
    ),
    Figure(
        key="nadia",
        given_names="Nadia",
        family_name="Neuve",
        sex=Sex.FEMALE,
        birth_date=date(2001, 6, 5),
        nir="201067599904316",
        stage="notified",
        vitale_serial="80250000000000000505",
        email="nadia.neuve@example.org",
        mobile="+33639980005",
        words="Elle vient de recevoir sa lettre : son espace n’est pas encore créé.",
    ),
)

TESTER = Figure(
    key="camille",
    given_names="Camille",
    family_name="Essai",
    sex=Sex.FEMALE,
    birth_date=date(1990, 5, 15),
    nir="290057599905094",
    stage="activated",
    vitale_serial="80250000000000000606",
    email="camille.essai@example.org",
    mobile="+33639980006",
    identifier="camille.essai",
    further={
        "middle_name": "Alix",
        "nickname": "Cam",
        "preferred_username": "camille.essai",
        "profile": "https://example.org/camille",
        "picture": "https://example.org/camille.png",
        "website": "https://camille.example.org/",
        "zoneinfo": "Europe/Paris",
        "locale": "fr-FR",
        "address": {
            "formatted": "1 rue des Essais, 75020 Paris",
            "street_address": "1 rue des Essais",
            "postal_code": "75020",
            "locality": "Paris",
            "region": "Île-de-France",
            "country": "France",
        },
    },
    words="Elle se connecte par un programme, sans code.",
)
"""Only where a conformance suite is expected: nobody could read a code to it."""

BY_KEY = {one.key: one for one in (*PEOPLE, TESTER)}
"""Each by the key that `demo.json` and the command line use."""
