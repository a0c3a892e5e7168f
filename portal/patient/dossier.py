"""What the pages ask of the dossier."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from portal.patient.api import Api
from portal.patient.kinds import BY_CODE, GLUCOSE, Kind
from portal.patient.readings import Reading, next_page, readings, resources

_PAGE = 1000
_MOST_PAGES = 12
_RECENT = 300


async def between(api: Api, kind: Kind, start: datetime, end: datetime) -> list[Reading]:
    """Every value of that kind in the stretch, oldest first; 12,000 at most. Raises a `Trouble`."""
    bundle = await api.dossier(
        "Observation",
        **_whose(api),
        code=",".join(kind.codes),
        date=[f"ge{_written(start)}", f"lt{_written(end)}"],
        _sort="-date",
        _count=_PAGE,
        _total="none",
    )
    found = [*resources(bundle)]
    for _ in range(_MOST_PAGES - 1):
        following = next_page(bundle)
        if not following:
            break
        bundle = await api.dossier(following)
        found.extend(resources(bundle))
    return [one for one in readings(found) if one.kind is kind and start <= one.at < end]


async def latest(api: Api, kind: Kind, count: int = 1) -> list[Reading]:
    """The last values of that kind, oldest first. Raises a `Trouble`."""
    bundle = await api.dossier(
        "Observation", **_whose(api), code=",".join(kind.codes), _sort="-date", _count=count, _total="none"
    )
    return [one for one in readings(resources(bundle)) if one.kind is kind]


async def others(api: Api) -> list[Reading]:
    """The last values of every kind but glucose, which would hide them all, oldest first. Raises a `Trouble`."""
    codes = ",".join(code for code, kind in BY_CODE.items() if kind is not GLUCOSE)
    bundle = await api.dossier("Observation", **_whose(api), code=codes, _sort="-date", _count=_RECENT, _total="none")
    return readings(resources(bundle))


def last_of_each(found: Sequence[Reading]) -> dict[str, Reading]:
    """The last value of each kind, of values that come oldest first."""
    return {reading.kind.key: reading for reading in found}


def _whose(api: Api) -> dict[str, Any]:
    patient = api.session.tokens.patient
    return {"patient": patient} if patient else {}


def _written(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
