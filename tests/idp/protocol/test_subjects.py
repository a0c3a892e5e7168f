"""A person has one name a sector, and nobody can tell that two of them are the same person's; or one for all."""

import base64
import hmac
import re
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from clients.options import Options
from clients.records import Client, Kind, Status
from idp.protocol import subjects

KEY = bytes(range(32))
NOW = datetime(2026, 3, 2, tzinfo=UTC)
_TEXT = st.text(st.characters(exclude_categories=["Cs"]))


def app(client_id: str, sector: str = "", **options: str) -> Client:
    return Client(
        client_id=client_id,
        name="An app",
        kind=Kind.APP,
        status=Status.REFERENCED,
        created_at=NOW,
        sector=sector,
        options=Options(**options),
    )


def test_two_apps_of_one_sector_know_a_person_by_one_name() -> None:
    names = {subjects.of(KEY, app(one, "clinic.example.org"), "per_1") for one in ("web", "mobile")}
    assert len(names) == 1


def test_two_sectors_share_no_name_and_neither_do_two_people() -> None:
    names = {subjects.of(KEY, app(one), person) for one in ("a", "b") for person in ("per_1", "per_2")}
    assert len(names) == 4
    assert subjects.of(bytes(32), app("a"), "per_1") not in names


@given(_TEXT.filter(bool), _TEXT)
def test_a_name_is_a_fhir_identifier_and_the_base32_of_a_keyed_digest(client_id: str, person_id: str) -> None:
    name = subjects.of(KEY, app(client_id), person_id)
    assert re.fullmatch(r"[a-z2-7]{32}", name)
    assert base64.b32decode(name.upper()) == hmac.digest(KEY, f"{client_id}\n{person_id}".encode(), "sha256")[:20]


def test_public_apps_share_a_name_that_no_sector_has() -> None:
    one, other = app("a", subject_type="public"), app("b", "clinic.example.org", subject_type="public")
    assert subjects.of(KEY, one, "per_1") == subjects.of(KEY, other, "per_1") != subjects.of(KEY, app("a"), "per_1")
    assert subjects.of(KEY, one, "per_1") != subjects.of(KEY, one, "per_2")
    assert re.fullmatch(r"[a-z2-7]{32}", subjects.of(KEY, one, "per_1"))


def test_the_sector_is_the_one_kept_or_the_host_of_the_address_that_names_it_or_the_app_alone() -> None:
    address = "https://clinic.example.org/redirects.json"
    assert subjects.sector(app("a")) == "a"
    assert subjects.sector(app("a", sector_identifier_uri=address)) == "clinic.example.org"
    assert subjects.sector(app("a", "kept.example", sector_identifier_uri=address)) == "kept.example"
