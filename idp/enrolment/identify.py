"""Step one: is this the person of the letter and of the card? (R023)"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Connection

from idp.accounts import nir, vitale
from idp.accounts import store as accounts
from idp.accounts.attempts import Attempts, Count
from idp.accounts.marks import Marks
from idp.accounts.nir import Nir
from idp.enrolment import codes, store
from idp.scene import Scene
from kit.limits import network_of
from kit.secrets import same

T = TypeVar("T")
NOBODY = "nobody"


@dataclass(frozen=True, slots=True, repr=False)
class Typed:
    """The three data as typed; None for one that cannot be what it should be."""

    code: str | None
    nir: Nir | None
    serial: str | None


@dataclass(frozen=True, slots=True)
class Recognised:
    """The three data are right, and go together."""

    person_id: str
    code_id: str


def read(provisional_code: str, number: str, vitale_serial: str) -> Typed:
    """What was typed, each part understood by itself."""
    return Typed(
        code=_or_none(lambda: codes.parse(provisional_code[:60])),
        nir=_or_none(lambda: nir.parse(number[:60])),
        serial=_or_none(lambda: vitale.parse(vitale_serial[:60])),
    )


def recognise(db: Connection, marks: Marks, typed: Typed, now: datetime) -> Recognised | None:
    """The person of these three data, or None.

    Whatever is wrong, missing or unknown, the same digests are computed, the same rows asked for and the same
    comparisons made: the answer tells nothing of which one it was.
    """
    person = accounts.by_nir_mark(db, marks.nir(typed.nir))
    code = store.code_by_mark(db, marks.provisional(typed.code or ""))
    person_id = person.id if person else NOBODY
    serial = marks.vitale(person_id, typed.serial or "")
    card = (person.vitale_mark if person else None) or marks.vitale(NOBODY, "")
    right = (
        (typed.nir is not None)
        & (typed.code is not None)
        & (typed.serial is not None)
        & same(card, serial)
        & same(code.person_id if code else "", person_id)
        & (code is not None and now < code.expires_at)
    )
    return Recognised(person_id, code.id) if right and code is not None else None


def attempts(scene: Scene, number: str, typed: Typed, address: str) -> Attempts:
    """Failures are counted for the number as understood, or else as typed, and for the address."""
    marks = Marks(scene.ground.vault)
    key = marks.nir(typed.nir) if typed.nir else marks.throttle(nir.normalise(number[:60]))
    return Attempts(
        scene.ground.limits,
        Count("activation:nir", key, scene.settings.rate_activation_nir),
        Count("activation:address", network_of(address), scene.settings.rate_activation_address),
    )


def _or_none(parse: Callable[[], T]) -> T | None:
    try:
        return parse()
    except ValueError:
        return None
