"""What the pages ask of the dossier."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from portal.patient.api import Api
from portal.patient.kinds import BY_CODE, GLUCOSE, Kind
from portal.patient.readings import Bundle, Reading, readings

_PAGE = 1000
_MOST_PAGES = 12
_RECENT = 300


async def between(api: Api, kind: Kind, start: datetime, end: datetime) -> list[Reading]:
    """Every value of that kind in the stretch, oldest first; 12,000 at most. Raises a `Trouble`."""
    dates = [f"ge{_written(start)}", f"lt{_written(end)}"]
    bundle = await _search(api, kind.codes, _PAGE, date=dates)
    found = [*bundle.entry]
    for _ in range(_MOST_PAGES - 1):
        if not bundle.next:
            break
        bundle = await api.dossier(bundle.next, Bundle)
        found.extend(bundle.entry)
    return [one for one in readings(found) if one.kind is kind and start <= one.at < end]


async def latest(api: Api, kind: Kind, count: int = 1) -> list[Reading]:
    """The last values of that kind, oldest first. Raises a `Trouble`."""
    bundle = await _search(api, kind.codes, count)
    return [one for one in readings(bundle.entry) if one.kind is kind]


async def others(api: Api) -> list[Reading]:
    """The last values of every kind but glucose, which would hide them all, oldest first. Raises a `Trouble`."""
    bundle = await _search(api, [code for code, kind in BY_CODE.items() if kind is not GLUCOSE], _RECENT)
    return readings(bundle.entry)


async def _search(api: Api, codes: Sequence[str], count: int, **more: Any) -> Bundle:
    patient = api.session.tokens.patient
    whose = {"patient": patient} if patient else {}
    query = {"code": ",".join(codes), "_sort": "-date", "_count": count, "_total": "none", **more}
    return await api.dossier("Observation", Bundle, **whose, **query)


def last_of_each(found: Sequence[Reading]) -> dict[str, Reading]:
    """The last value of each kind, of values that come oldest first."""
    return {reading.kind.key: reading for reading in found}


def _written(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
