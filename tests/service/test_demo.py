"""`espace demo`: two starts, another port, a port that is taken, and what it tells scripts."""

import json
import signal
import socket
import subprocess
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest

from idp.accounts import nir
from service.demo import card
from service.demo.clients import parties
from service.demo.people import PEOPLE
from tests.house import Home
from tests.running import ESPACE, Running, environment, free_port

PEOPLE_OF_THE_CONTRACT = {
    "gabrielle": ("Gabrielle", "Capanelli", "1979-03-12", "279037599902148", "activated"),
    "inaya": ("Inaya", "Michel", "1968-04-09", "268047599909742", "created"),
    "lola": ("Lola", "Michel", None, "212087599903106", "created"),
    "mathis": ("Mathis", "Michel", None, "115027599903206", "created"),
    "louis": ("Louis", "Michel", None, "118097599903367", "created"),
    "marc": ("Marc", "Objecteur", None, "185067599904126", "objected"),
    "jeanne": ("Jeanne", "Close", None, "154017599904209", "closed"),
    "nadia": ("Nadia", "Neuve", None, "201067599904316", "notified"),
}


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    one = Running(tmp_path / "data")
    yield one
    one.stop()


def get(url: str, **how: object) -> httpx2.Response:
    return httpx2.get(url, trust_env=False, **how)  # type: ignore[arg-type]


@pytest.mark.parametrize("figure", PEOPLE, ids=lambda one: one.key)
def test_the_numbers_of_the_people_have_their_keys(figure: object) -> None:
    nir.parse(figure.nir)  # type: ignore[attr-defined]


def test_the_card_tells_scripts_everything(demo: Running) -> None:
    card = demo.card
    assert card["issuer"] == demo.url
    people = {one["key"]: one for one in card["people"]}
    for key, (given, family, born, number, state) in PEOPLE_OF_THE_CONTRACT.items():
        one = people[key]
        assert (one["given_names"], one["family_name"], one["nir"], one["state"]) == (given, family, number, state)
        assert born in (None, one["birth_date"])
    gabrielle, inaya = people["gabrielle"], people["inaya"]
    assert (gabrielle["identifier"], gabrielle["password"]) == ("gabrielle.capanelli", "Espace-Sante-2026!")
    assert (gabrielle["mobile"], gabrielle["email"]) == ("+33639980001", "gabrielle.capanelli@example.org")
    assert inaya["provisional_code"]
    assert inaya["vitale_serial"]
    assert inaya["children"] == ["lola", "mathis", "louis"]
    clients = {one["client_id"]: one for one in card["clients"]}
    assert clients["glucolink"]["auth_method"] == "private_key_jwt"
    assert clients["glucolink"]["jwk"]["d"]
    assert clients["mobile"]["auth_method"] == "none"
    assert "http://127.0.0.1/callback" in clients["mobile"]["redirect_uris"]
    assert clients["bench"]["auth_method"] == "client_secret_basic"
    assert clients["bench"]["client_secret"]
    assert "http://127.0.0.1/cb" in clients["bench"]["redirect_uris"]
    assert {"client_credentials", "authorization_code", "refresh_token"} == set(clients["bench"]["grant_types"])
    assert clients["portal"]["redirect_uris"] == [f"{demo.url}/espace/retour"]
    assert all(one["for"] and (one["scope"] or one["client_id"] == "rs") for one in clients.values())


def test_the_card_has_an_app_for_each_part_of_the_protocol(demo: Running) -> None:
    clients = {one["client_id"]: one for one in demo.card["clients"]}
    for name in ("fapi-1", "fapi-2", "fapi-rsa", "fapi-mtls"):
        one = clients[name]
        assert (one["profile"], one["served"]) == ("fapi2", True)
        assert len(one["redirect_uris"]) > 2
    keys = [clients[name]["jwk"] for name in ("fapi-1", "fapi-2", "fapi-rsa", "svc", "ciba")]
    assert [key["alg"] for key in keys] == ["ES256", "ES256", "PS256", "ES384", "ES256"]
    assert len({key["kid"] for key in keys}) == 5
    assert all(key["d"] for key in keys)
    mtls = clients["fapi-mtls"]
    assert mtls["auth_method"] == "tls_client_auth"
    assert mtls["certificate"].startswith("-----BEGIN CERTIFICATE-----")
    assert mtls["certificate_key"].startswith("-----BEGIN PRIVATE KEY-----")
    assert mtls["options"]["tls_client_auth_subject_dn"] == "CN=fapi-mtls,O=Espace demo"
    assert (clients["svc"]["grant_types"], clients["svc"]["scope"]) == (["client_credentials"], "system/Observation.rs")
    assert (clients["rs"]["grant_types"], clients["rs"]["options"]["audience"]) == (
        [],
        demo.card["resources"]["dossier"],
    )
    assert clients["ciba"]["options"]["backchannel_token_delivery_mode"] == "poll"
    assert clients["tv"]["auth_method"] == "none"
    for name in ("compat-basic", "compat-post"):
        one = clients[name]
        assert (one["profile"], one["served"], len(one["redirect_uris"])) == ("compat", False, 2)
        assert one["auth_method"] == f"client_secret_{name.partition('-')[2]}"
    smart = clients["smart-app"]
    assert {"launch/patient", "fhirUser"} <= set(smart["scope"].split())
    assert (smart["id_token_signed_response_alg"], smart["profile"]) == ("RS256", "standard")


def test_every_address_of_the_card_answers(demo: Running) -> None:
    card = demo.card
    pages = {"accept": "text/html"}
    for url in [card["inbox"], card["clock"], *card["pages"].values()]:
        assert get(url, headers=pages).status_code in {200, 303}, url
    assert get(card["resources"]["dossier"] + "/metadata").status_code == 200
    assert httpx2.post(card["pairings"], trust_env=False).status_code == 401
    assert get(f"{card['issuer']}/.well-known/openid-configuration").json()["issuer"] == card["issuer"]


def test_the_inbox_is_a_list_for_scripts(demo: Running) -> None:
    reply = get(demo.card["inbox"], params={"to": "nobody@example.org"})
    assert (reply.status_code, reply.json()) == (200, [])


def test_the_welcome_says_where_to_click_first_and_as_whom(demo: Running) -> None:
    said = demo.said()
    inaya = demo.person("inaya")
    for word in (
        inaya["provisional_code"],
        inaya["nir"],
        inaya["vitale_serial"],
        "gabrielle.capanelli",
        demo.card["inbox"],
    ):
        assert word in said


def test_the_demo_is_ready_soon_and_small(demo: Running) -> None:
    assert demo.resident() < 150


def test_another_start_keeps_everything_and_another_port_moves_the_addresses(running: Running) -> None:
    running.start()
    before = running.card
    moved = httpx2.post(before["clock"], json={"advance": "P2D"}, trust_env=False)
    assert moved.status_code == 200
    assert running.stop(signal.SIGKILL) == -signal.SIGKILL
    running.port = free_port()
    running.start()
    after = running.card
    assert after["issuer"] == running.url
    assert [one["person_id"] for one in after["people"]] == [one["person_id"] for one in before["people"]]
    assert [one["provisional_code"] for one in after["people"]] == [one["provisional_code"] for one in before["people"]]
    assert [one["client_secret"] for one in after["clients"]] == [one["client_secret"] for one in before["clients"]]
    assert [one["jwk"] for one in after["clients"]] == [one["jwk"] for one in before["clients"]]
    reader = next(one for one in after["clients"] if one["client_id"] == "glucolink")
    assert f"{running.url}/sandbox/glucolink/retour" in reader["redirect_uris"]
    assert not any(before["issuer"] in uri for uri in reader["redirect_uris"])
    now = datetime.fromisoformat(get(after["clock"]).json()["now"])
    assert (now - datetime.fromisoformat(moved.json()["now"])).total_seconds() >= 0
    assert running.stop() == 0


async def test_a_code_whose_month_is_over_is_replaced_at_the_next_start(house: Home) -> None:
    known = parties(house.ground.vault, house.issuer, house.clock.now())

    def code(of: dict[str, Any]) -> str:
        return next(one["provisional_code"] for one in of["people"] if one["key"] == "inaya")

    house.clock.advance(timedelta(days=27))
    assert code(await card.make(house.house, known, house.card)) == code(house.card)
    house.clock.advance(timedelta(days=14))
    fresh = await card.make(house.house, known, house.card)
    assert code(fresh) not in {None, code(house.card)}


def test_a_port_that_is_taken_is_said_in_one_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        command = [ESPACE, "demo", "--port", str(port), "--data", tmp_path / "data"]
        done = subprocess.run(command, capture_output=True, text=True, env=environment(), check=False)
    assert done.returncode == 1
    assert f"Port {port} is taken" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("postgresql://nobody@127.0.0.1:1/none", "cannot be used"),
        ("mysql://127.0.0.1/none", "unknown database 'mysql'"),
    ],
)
def test_a_database_that_cannot_be_used_is_said(tmp_path: Path, url: str, words: str) -> None:
    command = [ESPACE, "demo", "--port", str(free_port()), "--data", tmp_path / "data"]
    environ = environment(DATABASE_URL=url)
    done = subprocess.run(command, capture_output=True, text=True, env=environ, check=False)
    assert (done.returncode, words in done.stderr) == (1, True)
    assert "Traceback" not in done.stderr


def test_another_master_key_is_recognised(running: Running) -> None:
    running.start()
    running.stop()
    (running.folder / "master.key").unlink()
    with pytest.raises(AssertionError, match="was filled under another master key"):
        running.start()


def test_two_demos_do_not_share_a_folder(demo: Running) -> None:
    command = [ESPACE, "demo", "--port", str(free_port()), "--data", demo.folder]
    done = subprocess.run(command, capture_output=True, text=True, env=environment(), check=False)
    assert (done.returncode, "Another demo uses" in done.stderr) == (1, True)


def test_the_card_is_valid_json_at_any_instant(demo: Running) -> None:
    assert json.loads((demo.folder / "demo.json").read_text())
    assert not list(demo.folder.glob("*.part"))


@pytest.mark.postgres
def test_the_demo_stands_on_postgresql_too(tmp_path: Path) -> None:
    import asyncio

    from tests.databases import POSTGRES, Postgres

    server = Postgres(POSTGRES)
    server.prepare()

    async def whole() -> None:
        async with server.copy() as database:
            url = database.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
            running = Running(tmp_path / "data", environ={"DATABASE_URL": url})
            try:
                await asyncio.to_thread(running.start)
                assert running.person("gabrielle")["state"] == "activated"
                assert not (tmp_path / "data" / "espace.db").exists()
                await asyncio.to_thread(running.stop)
                await asyncio.to_thread(running.start)
            finally:
                running.stop()

    try:
        asyncio.run(whole())
    finally:
        server.close()
