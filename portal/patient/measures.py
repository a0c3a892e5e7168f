"""«Mes mesures»: the kinds, one kind over a stretch of time, and the same as a file."""

from collections.abc import Mapping

from starlette.responses import Response

from portal.patient import agreements, dossier, glucose
from portal.patient.cards.apps import origins as known_origins
from portal.patient.cards.measure import Origin, file_rows, measure_card, of_origin
from portal.patient.cards.tiles import tiles
from portal.patient.files import table_file
from portal.patient.glucose import Unit
from portal.patient.kinds import BY_KEY, GLUCOSE, Kind
from portal.patient.periods import DAY, FORTNIGHT, MONTH, QUARTER, WEEK, YEAR, Choice, Window, window
from portal.trouble import Missing, Refused, Unreachable
from portal.visit import Visit

_UNIT_COOKIE = "unite"
_YEAR = 365 * 24 * 3600
_LONGEST_DAYS = 366
_LONGEST_GLUCOSE_DAYS = 92


async def kinds(visit: Visit) -> Response:
    """GET /espace/mesures."""
    trend = await dossier.latest(visit.api, GLUCOSE, 96)
    found = dossier.last_of_each([*await dossier.others(visit.api), *trend])
    made = tiles(found, trend, chosen_unit(visit), visit.now)
    return visit.show(
        "portal/measures.html",
        known=[one for one in made if one.value],
        others=[{"key": one.label, "value": "Aucune valeur"} for one in made if not one.value],
    )


async def kind(visit: Visit) -> Response:
    """GET /espace/mesures/{kind}?duree=…&du=…&au=…&unite=…&origine=…&page=…"""
    shown, choices, seen = _asked(visit)
    unit = chosen_unit(visit)
    found = await dossier.between(visit.api, shown, seen.start, seen.end)
    last = None if found else next(iter(await dossier.latest(visit.api, shown)), None)
    asked = visit.asked("page", "1")
    card = measure_card(
        shown,
        seen,
        choices,
        found,
        unit=unit,
        origins=await origins(visit) if found else {},
        origin=visit.asked("origine"),
        last=last,
        page=int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 6 else 1,
        size=visit.scene.settings.rows,
    )
    response = visit.show("portal/measure.html", status=422 if seen.errors else 200, card=card)
    if visit.asked("unite"):
        response.set_cookie(
            _UNIT_COOKIE, unit.key, max_age=_YEAR, path="/espace", secure=visit.scene.settings.secure, samesite="lax"
        )
    return response


async def file(visit: Visit) -> Response:
    """GET /espace/mesures/{kind}.csv: the same values, to take away."""
    shown, _, seen = _asked(visit)
    found = await dossier.between(visit.api, shown, seen.start, seen.end)
    rows = file_rows(shown, of_origin(found, visit.asked("origine")), chosen_unit(visit))
    return table_file(f"{shown.key}.csv", rows)


async def origins(visit: Visit) -> Mapping[str, Origin]:
    """What is known of the apps that values came from; nothing when the consents do not answer."""
    try:
        return known_origins(await agreements.apps(visit.api))
    except (Refused, Unreachable):
        return {}


def _asked(visit: Visit) -> tuple[Kind, tuple[Choice, ...], Window]:
    shown = BY_KEY.get(visit.request.path_params["kind"])
    if shown is None:
        raise Missing("no such kind of measure")
    sugar = shown is GLUCOSE
    choices = (DAY, WEEK, FORTNIGHT, MONTH, QUARTER) if sugar else (MONTH, QUARTER, YEAR)
    longest = _LONGEST_GLUCOSE_DAYS if sugar else _LONGEST_DAYS
    usual = FORTNIGHT if sugar else QUARTER
    return shown, choices, window(visit.request.query_params, choices, usual, visit.now, longest)


def chosen_unit(visit: Visit) -> Unit:
    """The unit asked for, else the one chosen before."""
    return glucose.unit(visit.asked("unite") or visit.request.cookies.get(_UNIT_COOKIE, ""))
