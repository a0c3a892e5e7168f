"""A person has one name a sector, and nobody can tell that two of them are the same person's."""

import base64
import hmac
import re
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from clients.records import Client, Kind, Status
from idp.protocol.subjects import pairwise

KEY = bytes(range(32))
NOW = datetime(2026, 3, 2, tzinfo=UTC)
_TEXT = st.text(st.characters(exclude_categories=["Cs"]))


def app(client_id: str, sector: str = "") -> Client:
    return Client(
        client_id=client_id, name="An app", kind=Kind.APP, status=Status.REFERENCED, created_at=NOW, sector=sector
    )


def test_two_apps_of_one_sector_know_a_person_by_one_name() -> None:
    names = {pairwise(KEY, app(one, "clinic.example.org"), "per_1") for one in ("web", "mobile")}
    assert len(names) == 1


def test_two_sectors_share_no_name_and_neither_do_two_people() -> None:
    names = {pairwise(KEY, app(one), person) for one in ("a", "b") for person in ("per_1", "per_2")}
    assert len(names) == 4
    assert pairwise(bytes(32), app("a"), "per_1") not in names


@given(_TEXT.filter(bool), _TEXT)
def test_a_name_is_a_fhir_identifier_and_the_base32_of_a_keyed_digest(client_id: str, person_id: str) -> None:
    name = pairwise(KEY, app(client_id), person_id)
    assert re.fullmatch(r"[a-z2-7]{32}", name)
    assert base64.b32decode(name.upper()) == hmac.digest(KEY, f"{client_id}\n{person_id}".encode(), "sha256")[:20]
