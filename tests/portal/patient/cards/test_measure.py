"""The cards of the measures."""

from datetime import datetime, timedelta

import pytest

from portal.patient import glucose
from portal.patient.cards import figures
from portal.patient.cards.measure import MeasureCard, Origin, file_rows, measure_card
from portal.patient.cards.tiles import tiles
from portal.patient.kinds import BY_KEY, GLUCOSE, KINDS, Kind
from portal.patient.periods import FORTNIGHT, QUARTER, WEEK, window
from portal.patient.readings import Reading
from tests.portal.made import NOW

CHOICES = (WEEK, FORTNIGHT)
MGDL, GL, MMOL = glucose.UNITS


def reading(value: float, at: datetime = NOW, kind: Kind = GLUCOSE, **more: object) -> Reading:
    given: dict[str, object] = {"source": "GlucoLink", "source_id": "glucolink", "sensor": True, **more}
    return Reading("obs_1", kind, at, value, **given)  # type: ignore[arg-type]


def series(count: int) -> list[Reading]:
    return [reading(100.0 + rank, NOW - timedelta(minutes=15) * (count - rank)) for rank in range(count)]


def card(found: list[Reading], unit: glucose.Unit = MGDL, page: int = 1, **more: object) -> MeasureCard:
    seen = window({}, CHOICES, FORTNIGHT, NOW, 92)
    given: dict[str, object] = {"origins": {}, "last": None, **more}
    return measure_card(GLUCOSE, seen, CHOICES, found, unit=unit, page=page, size=24, **given)  # type: ignore[arg-type]


@pytest.mark.rule("R148")
def test_a_kind_without_a_value_is_listed_as_such_after_those_that_have_one() -> None:
    found = tiles({"poids": reading(72.4, NOW - timedelta(days=1), BY_KEY["poids"])}, [], MGDL, NOW)
    assert (found[0].label, found[0].value, found[0].unit) == ("Poids", "72,4", "kg")
    assert found[0].when == "Hier à 10 h, par GlucoLink"
    assert [one.value for one in found[1:]] == [""] * (len(KINDS) - 1)


def test_a_pair_is_said_as_one_value() -> None:
    pressure = reading(128.0, NOW, BY_KEY["tension"], second=82.0, source="", source_id="")
    found = tiles({"tension": pressure}, [], MGDL, NOW)
    assert (found[0].value, found[0].when) == ("128/82", "À l’instant, par vous")


def test_the_sentence_says_mean_extremes_share_and_number() -> None:
    words = figures.glucose_sentence([reading(60.0), reading(100.0), reading(200.0)], "Ces 14 derniers jours", MGDL)
    assert words == (
        "Ces 14 derniers jours, votre glycémie moyenne est de 120\u202fmg/dL. Elle va de 60 à 200\u202fmg/dL. "
        "33\u202f% des valeurs sont dans la cible. 3 valeurs en tout."
    )
    assert all(len(sentence.split()) <= 20 for sentence in words.split(". "))


def test_figures_follow_the_unit_that_the_person_reads() -> None:
    found = [reading(126.0), reading(162.0)]
    assert figures.glucose_figures(found, GL)[0].value == "1,44"
    assert figures.glucose_figures(found, MMOL)[0].value == "8,0"
    chart = figures.glucose_chart(found, "…", GL)
    assert (chart.low, chart.high, chart.unit) == (0.7, 1.8, "g/L")


@pytest.mark.parametrize(
    ("part", "words"), [(0.0, "0"), (0.004, "moins de 1"), (0.5, "50"), (0.996, "plus de 99"), (1.0, "100")]
)
def test_a_share_never_says_nothing_of_what_is_there(part: float, words: str) -> None:
    assert figures.share(part) == f"{words}\u202f%"


def test_values_come_by_pages_the_newest_first() -> None:
    first = card(series(60))
    assert (len(first.rows), first.pages) == (24, 3)
    assert first.rows[0][:2] == ["2 mars à 9 h 45", "159"]
    assert first.shown == "Valeurs 1 à 24 sur 60, les plus récentes d’abord."
    last = card(series(60), page=99)
    assert (len(last.rows), last.page) == (12, 3)
    assert first.url == "/espace/mesures/glycemie?duree=14j&unite=mgdl&page={page}#valeurs"


def test_a_value_out_of_the_target_and_a_doubtful_one_are_marked() -> None:
    rows = card([reading(69.0, sensor=False), reading(181.0, unusual=True)]).rows
    assert [row[1:] for row in rows] == [
        ["181 (haute)", "GlucoLink (capteur), valeur inhabituelle"],
        ["69 (basse)", "GlucoLink (goutte de sang)"],
    ]


def test_each_source_is_named_counted_and_dated() -> None:
    found = [reading(100.0), reading(101.0), reading(102.0, source="", source_id="")]
    origins = {"glucolink": Origin("autorisée depuis le 16 février 2026", "/espace/applications/grt_1")}
    sources = card(found, origins=origins).sources
    assert [(one.name, one.count, one.words) for one in sources] == [
        ("GlucoLink", "2 valeurs", "autorisée depuis le 16 février 2026"),
        ("Vous", "1 valeur", "ajoutée à la main"),
    ]


def test_the_values_of_one_app_can_be_seen_alone() -> None:
    found = [
        reading(100.0),
        reading(200.0, source="Carnet", source_id="diary"),
        reading(102.0, source="", source_id=""),
    ]
    every = card(found)
    assert [(one.label, one.here) for one in every.origins] == [
        ("Toutes", True),
        ("Carnet", False),
        ("GlucoLink", False),
        ("Vous", False),
    ]
    alone = card(found, origin="diary")
    assert [row[1] for row in alone.rows] == ["200 (haute)"]
    assert "200" in alone.charts[0].summary
    assert len(alone.sources) == 3
    assert "origine=diary" in alone.download
    assert "origine=diary" in alone.units[1].href
    assert [row[1] for row in card(found, origin="me").rows] == ["102"]


def test_an_origin_that_is_none_is_all_and_a_single_one_is_no_choice() -> None:
    found = card([reading(100.0), reading(101.0)], origin="nobody")
    assert (found.origins, len(found.rows)) == ([], 2)


@pytest.mark.rule("R148")
def test_an_empty_stretch_leads_to_where_the_last_values_are() -> None:
    found = card([], last=reading(100.0, NOW - timedelta(days=60)))
    assert found.empty
    assert found.earlier is not None
    assert found.earlier.label == "Voir les 14 jours jusqu’au 1er janvier 2026"
    assert found.earlier.href == "/espace/mesures/glycemie?du=2025-12-19&au=2026-01-01&unite=mgdl"
    assert card([]).earlier is None


def test_a_single_value_of_another_kind_is_a_figure_and_no_curve() -> None:
    weight = BY_KEY["poids"]
    seen = window({}, (QUARTER,), QUARTER, NOW, 366)
    found = measure_card(
        weight, seen, (QUARTER,), [reading(72.4, NOW, weight)], unit=MGDL, origins={}, last=None, page=1, size=24
    )
    assert [(one.label, one.value) for one in found.figures] == [("Dernière valeur", "72,4")]
    assert (found.charts, found.units) == ([], [])


def test_a_pair_has_two_curves() -> None:
    pressure = BY_KEY["tension"]
    found = [reading(128.0, NOW - timedelta(days=1), pressure, second=82.0), reading(135.0, NOW, pressure, second=87.0)]
    charts = figures.charts(pressure, found, "Ces 90 derniers jours")
    assert [(one.title, one.summary) for one in charts] == [
        ("Maximale (systolique)", "Ces 90 derniers jours : 2 valeurs, de 128 à 135\u202fmm Hg."),
        ("Minimale (diastolique)", "Ces 90 derniers jours : 2 valeurs, de 82 à 87\u202fmm Hg."),
    ]


def test_the_file_holds_every_value_with_its_origin() -> None:
    rows = file_rows(GLUCOSE, [reading(126.0, NOW), reading(80.0, NOW, source="", source_id="")], GL)
    assert rows[1:] == [
        ["2026-03-02", "10:00", "Glycémie", "0,80", "g/L", "Vous"],
        ["2026-03-02", "10:00", "Glycémie", "1,26", "g/L", "GlucoLink"],
    ]
