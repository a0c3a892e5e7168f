"""/register/{client_id} (RFC 7592): for the holder of the registration token, and for nobody else."""

from typing import Any

import pytest

from clients import store
from clients.records import AuthMethod, Status
from idp.registration import outside, records
from idp.server.client_auth import SECRETS
from kit.problems import Refusal
from tests.house import Home
from tests.idp.registration.test_registration import WEB, kept, opened, public_key, register
from tests.party import Party, Reply, party, reply
from tests.proofs import SECRET, registered

LASTING = {**WEB, "grant_types": ["authorization_code", "refresh_token"]}


async def manage(home: Home, method: str, made: Reply, said: Any = None, token: str | None = None) -> Reply:
    token = made["registration_access_token"] if token is None else token
    headers = {"authorization": f"Bearer {token}"} if token else {}
    uri = made["registration_client_uri"].removeprefix(home.issuer)
    more = {} if said is None else {"json": said}
    return reply(await home.client.request(method, uri, headers=headers, **more))


def app_of(home: Home, made: Reply) -> Party:
    return Party(home, {**made.body, "auth_method": made["token_endpoint_auth_method"]})


async def test_its_holder_reads_it_without_its_secret(house: Home) -> None:
    opened(house)
    made = await register(house, {**WEB, "initiate_login_uri": "https://app.example/go", "contacts": ["a@example.org"]})
    read = await manage(house, "GET", made)
    assert (read.status, read.headers["cache-control"]) == (200, "no-store")
    assert read.headers["content-type"] == "application/json"
    secrets = {"client_secret", "client_secret_expires_at"}
    assert read.body == {name: value for name, value in made.body.items() if name not in secrets}
    assert read["initiate_login_uri"] == "https://app.example/go"


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
async def test_nobody_else_does_anything_with_it_however_open_registration_is(house: Home, method: str) -> None:
    opened(house)
    made, other = await register(house, WEB), await register(house, WEB)
    said = {**WEB, "client_id": made["client_id"]} if method == "PUT" else None
    for token in ("", "reg_nothing", other["registration_access_token"], made["client_secret"]):
        refused = await manage(house, method, made, said, token=token)
        assert (refused.status, refused["error"]) == (401, "invalid_token")
        assert "www-authenticate" in refused.headers
    assert (await manage(house, "GET", made)).status == 200


async def test_a_client_that_the_house_registered_is_not_changed_from_outside(house: Home) -> None:
    headers = {"authorization": "Bearer reg_anything"}
    for client_id in ("portal", "glucolink", "nobody", "x" * 101):
        assert (await house.client.get(f"/register/{client_id}", headers=headers)).status_code == 401


async def test_a_change_replaces_the_whole(house: Home) -> None:
    opened(house)
    made = await register(house, {**LASTING, "contacts": ["a@example.org"], "software_id": "s1"})
    said = {"client_id": made["client_id"], "client_name": "Autre nom", "redirect_uris": ["https://app.example/2"]}
    done = await manage(house, "PUT", made, {**said, "software_id": None})
    assert done.status == 200
    assert (done["client_name"], done["redirect_uris"]) == ("Autre nom", ["https://app.example/2"])
    assert "contacts" not in done.body
    assert "software_id" not in done.body
    assert done["grant_types"] == ["authorization_code"]
    assert done["registration_access_token"] == made["registration_access_token"]
    assert "client_secret" not in done.body
    client = await kept(house, made["client_id"])
    assert client.name == "Autre nom"
    assert client.secret_digest
    ready = await house.clients.get(made["client_id"])
    assert ready.name == "Autre nom"


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "portal"},
        {"client_id": None},
        {"client_secret": "chosen"},
        {"registration_access_token": "chosen"},
        {"registration_client_uri": "https://a.example/"},
        {"client_secret_expires_at": 0},
        {"client_id_issued_at": 1},
        {"redirect_uris": []},
        {"profile": "fapi2"},
    ],
    ids=str,
)
async def test_what_a_change_cannot_say_is_refused_and_nothing_changes(house: Home, changes: dict[str, Any]) -> None:
    opened(house)
    made = await register(house, WEB)
    before = await kept(house, made["client_id"])
    refused = await manage(house, "PUT", made, {**WEB, "client_id": made["client_id"], **changes})
    assert refused.status == 400, refused.body
    assert await kept(house, made["client_id"]) == before


async def test_a_client_may_say_its_secret_again_and_gets_one_when_it_needs_one(house: Home) -> None:
    opened(house)
    made = await register(house, WEB)
    same = {**WEB, "client_id": made["client_id"]}
    assert (await manage(house, "PUT", made, {**same, "client_secret": made["client_secret"]})).status == 200
    keyed = await manage(
        house, "PUT", made, {**same, "token_endpoint_auth_method": "private_key_jwt", "jwks": public_key()}
    )
    assert keyed.status == 200
    assert (await kept(house, made["client_id"])).secret_digest is None
    back = await manage(house, "PUT", made, same)
    assert back["client_secret"] != made["client_secret"]
    assert back["client_secret_expires_at"] == 0


async def test_an_app_that_was_looked_at_is_looked_at_again_when_it_shows_something_else(house: Home) -> None:
    opened(house, status="candidate")
    made = await register(house, WEB)
    client_id, now = made["client_id"], house.clock.now()
    await house.database.work(lambda db: store.set_status(db, client_id, Status.REFERENCED, now))
    same = {**WEB, "client_id": client_id}
    assert (await manage(house, "PUT", made, {**same, "contacts": ["b@example.org"]}))["status"] == "referenced"
    moved = await manage(house, "PUT", made, {**same, "redirect_uris": ["https://app.example/elsewhere"]})
    assert moved["status"] == "candidate"


async def test_no_change_makes_a_suspended_app_active(house: Home) -> None:
    opened(house)
    made, now = await register(house, WEB), house.clock.now()
    await house.database.work(lambda db: store.set_status(db, made["client_id"], Status.SUSPENDED, now))
    done = await manage(house, "PUT", made, {**WEB, "client_id": made["client_id"], "client_name": "Neuf"})
    assert done["status"] == "suspended"


async def test_a_change_does_not_undo_what_happened_meanwhile(house: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """Someone suspends the app between the reading and the writing of its own change."""
    opened(house)
    made, now = await register(house, WEB), house.clock.now()
    client_id = made["client_id"]
    check = outside.check

    async def slow(scene: Any, client: Any) -> None:
        await check(scene, client)
        await house.database.work(lambda db: store.set_status(db, client_id, Status.SUSPENDED, now))

    monkeypatch.setattr(outside, "check", slow)
    late = await manage(house, "PUT", made, {**WEB, "client_id": client_id, "client_name": "Neuf"})
    assert late.status == 409
    client = await kept(house, client_id)
    assert (client.status, client.name) == (Status.SUSPENDED, "Mes mesures")


async def test_a_program_that_leaves_has_no_token_any_more(house: Home) -> None:
    opened(house, scope="system/Observation.rs")
    said = {"client_name": "Service", "grant_types": ["client_credentials"]}
    made = await register(house, said)
    app = app_of(house, made)
    got = await app.token(grant_type="client_credentials")
    assert got.status == 200
    rs = party(house, "rs")
    assert (await rs.introspect(got["access_token"]))["active"]
    await manage(house, "DELETE", made)
    assert (await app.token(grant_type="client_credentials")).refused_with("invalid_client")
    assert not (await rs.introspect(got["access_token"]))["active"]


async def test_a_client_that_leaves_takes_its_links_with_it(house: Home) -> None:
    opened(house)
    made = await register(house, LASTING)
    app = app_of(house, made)
    browser = await house.sign_in()
    got = await app.obtain(browser, scope="openid profile offline_access", prompt="consent")
    assert (got.status, (await app.userinfo(got["access_token"])).status) == (200, 200)
    gone = await manage(house, "DELETE", made)
    assert (gone.status, gone.body) == (204, None)
    assert (await app.refresh(got["refresh_token"])).refused_with("invalid_client")
    assert (await app.userinfo(got["access_token"])).status in {401, 403}
    assert not (await party(house, "rs").introspect(got["access_token"]))["active"]
    for method in ("GET", "DELETE"):
        assert (await manage(house, method, made)).status == 401
    page = await app.ask(house.browser(), scope="openid")
    assert page.status in {400, 403}
    assert not page.location.startswith("https://app.example")
    letters = await house.letters(house.person("gabrielle")["email"])
    assert any("Mes mesures" in letter.text for letter in letters)


async def test_wrong_tokens_from_one_address_are_counted(house: Home) -> None:
    opened(house, rate="3 per hour")
    made = await register(house, WEB)
    said = [(await manage(house, "GET", made, token="reg_wrong")).status for _ in range(4)]
    assert said == [401, 401, 401, 429]


def test_a_secret_that_is_kept_sealed_may_be_said_again(house):
    sealed = house.ground.vault.seal(SECRETS).close(SECRET.encode(), "sealed")
    method = AuthMethod.SECRET_JWT
    client = registered(house, "sealed", auth_method=method, secret_digest=None, secret_sealed=sealed)
    records.unchanged_secret(house.idp, client, SECRET)
    for other in ("x" * 43, 1):
        with pytest.raises(Refusal, match="client_secret"):
            records.unchanged_secret(house.idp, client, other)
