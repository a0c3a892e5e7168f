"""`espace demo --conformance`: what it opens, for whom, and that nothing else opens it."""

import dataclasses
import json
import re
import ssl
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from click.testing import CliRunner

from idp.login import unattended
from idp.scene import Scene
from kit.clock import SystemClock
from kit.database import Database
from service.cli import main
from service.demo import card, seed
from service.demo.party import Suite
from service.demo.shape import CONFORMANCE_BANNER, Shape
from service.demo.stand import stand
from service.house import compose
from service.settings import Settings, read
from tests.browser import Browser
from tests.conftest import ISSUER, SETTINGS
from tests.databases import Postgres, Sqlite
from tests.house import COMPILED, Home, StillClock
from tests.party import Party, Reply, claims_of, party, reply
from tests.running import Running

SHAPE = Shape(suite=Suite())


@pytest.fixture
async def opened(
    backend: Sqlite | Postgres, furnished: dict[str, Any], clock: StillClock, tmp_path: Path
) -> AsyncIterator[Home]:
    """A house as `espace demo --conformance` makes it."""
    async with backend.copy(filled=True) as database:
        house = stand(SETTINGS, tmp_path, clock, database, sockets=False, shape=SHAPE)
        house.ground.pages.environment.bytecode_cache = COMPILED
        known = await seed.fill(house, lambda what, done, of: None, SHAPE)
        made = await card.make(house, known, {}, SHAPE)
        await house.open()
        home = Home(house, clock, made, tmp_path)
        yield home
        await home.close()


async def enter(home: Home, browser: Browser, key: str = "camille") -> str:
    """Identifier and password, as the suite's browser types them; gives where that leads."""
    person = home.person(key)
    page = await browser.get("/signin")
    page = await browser.submit(page, {"identifier": person["identifier"], "password": person["password"]})
    return str(page.url)


async def without_pkce(app: Party, browser: Browser, **changes: str | None) -> Reply:
    """The code flow as OpenID Connect Core had it."""
    page = await app.ask(browser, code_challenge=None, code_challenge_method=None, **changes)
    return await app.exchange((await app.come_back(browser, page))["code"], verifier=None)


async def test_one_person_signs_in_with_a_password_alone_and_the_others_do_not(opened: Home) -> None:
    browser = opened.browser()
    assert "/signin" not in await enter(opened, browser)
    app = party(opened, "compat-basic")
    assert (await without_pkce(app, browser, scope="openid profile")).status == 200
    assert (await enter(opened, opened.browser(), "gabrielle")).endswith("/signin/code")
    assert opened.card["conformance"]["person"] == "camille"


async def test_what_that_is_worth_is_said(opened: Home) -> None:
    browser = opened.browser()
    await enter(opened, browser)
    app = party(opened, "compat-basic")
    got = await app.obtain(browser, scope="openid")
    claims = claims_of(got["id_token"])
    assert (claims["acr"], claims["amr"]) == ("eidas1", ["pwd"])


async def test_every_page_says_so(opened: Home, house: Home) -> None:
    for path in ("/", "/signin", "/activation", "/sandbox/inbox", "/catalogue", "/nothing"):
        headers = {"accept": "text/html"}
        text = (await opened.client.get(path, headers=headers)).text.replace("\N{NO-BREAK SPACE}", " ")
        assert CONFORMANCE_BANNER.split(" : ")[0] in re.sub(r"\s", " ", text), path
        assert CONFORMANCE_BANNER.split(" : ")[0] not in (await house.client.get(path, headers=headers)).text


async def test_clients_register_themselves_and_work_at_once(opened: Home) -> None:
    said = {"client_name": "Suite", "redirect_uris": ["https://localhost.emobix.co.uk:8443/test/a/espace/callback"]}
    made = reply(await opened.client.post("/register", json=said))
    assert (made.status, made["profile"], made["status"]) == (201, "compat", "referenced")
    browser = opened.browser()
    await enter(opened, browser)
    app = Party(opened, {**made.body, "auth_method": made["token_endpoint_auth_method"]})
    assert (await without_pkce(app, browser, nonce=None, scope="openid")).status == 200


async def test_the_metadata_says_what_is_served(opened: Home, house: Home) -> None:
    there, here = [(await home.client.get("/.well-known/openid-configuration")).json() for home in (opened, house)]
    assert "client_secret_jwt" in there["token_endpoint_auth_methods_supported"]
    assert "HS256" in there["token_endpoint_auth_signing_alg_values_supported"]
    assert "client_secret_jwt" not in here["token_endpoint_auth_methods_supported"]
    assert "HS256" not in here["token_endpoint_auth_signing_alg_values_supported"]
    assert "RS256" in there["id_token_signing_alg_values_supported"]
    assert "none" not in there["request_object_signing_alg_values_supported"]


async def test_a_plain_demo_opens_none_of_it(house: Home) -> None:
    assert house.card["conformance"] is None
    assert "camille" not in {one["key"] for one in house.card["people"]}
    assert not house.idp.unattended
    refused = reply(await house.client.post("/register", json={"redirect_uris": ["https://a.example/cb"]}))
    assert refused.status == 401
    compat = party(house, "compat-basic")
    assert not compat.known["served"]
    page = await compat.ask(house.browser(), code_challenge=None, code_challenge_method=None)
    assert page.status in {400, 403}
    assert (await compat.exchange("ac_any", verifier=None)).refused_with("invalid_client")


async def test_nobody_signs_in_without_a_code_beside_a_clock_that_keeps_time(house: Home) -> None:
    """No house of `espace serve` can be made so: whoever composes one on the machine's clock is stopped."""
    with pytest.raises(TypeError):
        compose(SETTINGS, clock=SystemClock(), database=Database.open("sqlite://"), unattended=["camille.essai"])
    account = type("Someone", (), {"identifier": "gabrielle.capanelli", "person_id": "per_x"})()
    with pytest.raises(ValueError, match="second proof"):
        await unattended.enter(house.idp, None, "", account)  # type: ignore[arg-type]


def test_no_setting_names_it(tmp_path: Path) -> None:
    """Whatever the environment says, the settings have no place for it."""
    assert "unattended" in {field.name for field in dataclasses.fields(Scene)}
    plain = json.dumps(
        read(environ={"ESPACE_DEMO_SHAPE": SHAPE.to_json(), "ESPACE_DEMO_DATA": str(tmp_path)}), default=str
    )
    assert "unattended" not in plain
    assert read(environ={"ESPACE_DEMO_SHAPE": SHAPE.to_json()}) == Settings()
    for command in ("serve", "worker"):
        done = CliRunner().invoke(main, [command, "--conformance"])
        assert (done.exit_code, "No such option" in done.output) == (2, True)


async def test_the_same_folder_without_it_is_closed_again(opened: Home, tmp_path: Path) -> None:
    """The clients and the person stay in the database, and are of no use there."""
    later = stand(SETTINGS, tmp_path, opened.clock, opened.database, sockets=False)
    browser = Browser(later.app, ISSUER)
    page = await browser.get("/signin")
    person = opened.person("camille")
    page = await browser.submit(page, {"identifier": person["identifier"], "password": person["password"]})
    assert str(page.url).endswith("/signin/code")
    compat = opened.party("compat-basic")
    answer = await browser.client.post(
        "/token",
        data={"grant_type": "client_credentials"},
        auth=(compat["client_id"], compat["client_secret"]),
    )
    assert answer.status_code == 401
    await browser.close()
    await later.close()


def test_what_the_command_line_cannot_mean_is_said(tmp_path: Path) -> None:
    for arguments in (
        ["--issuer", "http://demo.example:8000"],
        ["--issuer", "https://demo.example/path"],
        ["--tls", "--issuer", "http://localhost:8000"],
        ["--conformance", "--suite", "http://suite.example"],
    ):
        done = CliRunner().invoke(main, ["demo", "--data", str(tmp_path / "d"), *arguments])
        assert done.exit_code == 2, arguments
        assert "--issuer" in done.output or "--suite" in done.output


@pytest.fixture(scope="module")
def over_tls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    one = SecureRunning(tmp_path_factory.mktemp("tls") / "data", extra=("--conformance", "--tls"))
    one.start()
    yield one
    assert one.stop() == 0


class SecureRunning(Running):
    """The same over TLS."""

    @property
    def url(self) -> str:
        return f"https://localhost:{self.port}"

    def _ready(self) -> bool:
        file = self.folder / "tls" / "ca.pem"
        if not file.exists():
            return False
        context = ssl.create_default_context(cafile=str(file))
        return httpx2.get(f"{self.url}/readyz", timeout=2, trust_env=False, verify=context).status_code == 200


def test_over_tls_with_its_own_certificate(over_tls: Running) -> None:
    made = over_tls.card
    assert made["issuer"] == over_tls.url
    context = ssl.create_default_context(cafile=made["ca_file"])
    found = httpx2.get(f"{over_tls.url}/.well-known/openid-configuration", trust_env=False, verify=context)
    assert found.json()["issuer"] == over_tls.url
    mtls = over_tls.party("fapi-mtls")
    place = Path(made["ca_file"]).parent
    (place / "app.pem").write_text(mtls["certificate"])
    (place / "app.key").write_text(mtls["certificate_key"])
    asked = {
        "client_id": "fapi-mtls",
        "response_type": "code",
        "redirect_uri": mtls["redirect_uris"][0],
        "scope": "openid",
        "code_challenge": "x" * 43,
        "code_challenge_method": "S256",
    }
    stranger = httpx2.post(f"{over_tls.url}/par", data=asked, trust_env=False, verify=context)
    assert (stranger.status_code, stranger.json()["error"]) == (401, "invalid_client")
    context.load_cert_chain(place / "app.pem", place / "app.key")
    known = httpx2.post(f"{over_tls.url}/par", data=asked, trust_env=False, verify=context)
    assert known.status_code == 201, known.text
    assert (place / "server.key").stat().st_mode & 0o077 == 0


def test_the_browser_block_is_for_this_demo_and_this_suite(over_tls: Running) -> None:
    block = over_tls.card["conformance"]
    assert block["suite"] == "https://localhost.emobix.co.uk:8443"
    first = block["browser"][0]
    assert first["match"] == f"{over_tls.url}/authorize*"
    assert all(task["match"].startswith((over_tls.url, block["suite"])) for task in first["tasks"])


def test_each_plan_has_its_configuration(over_tls: Running) -> None:
    place = over_tls.folder / "conformance"
    listed = json.loads((place / "plans.json").read_text())
    files = {one["file"]: json.loads((place / one["file"]).read_text()) for one in listed}
    assert {file.name for file in place.iterdir()} == {*files, "plans.json"}
    plans = {one["plan"] for one in listed}
    for kind in ("basic", "config", "dynamic", "formpost-basic", "3rdparty-init-login", "rp-initiated-logout"):
        assert f"oidcc-{kind}-certification-test-plan" in plans
    assert "oidcc-backchannel-rp-initiated-logout-certification-test-plan" in plans
    assert {"fapi2-security-profile-final-test-plan", "fapi2-message-signing-final-test-plan"} <= plans
    assert {"fapi-ciba-id1-test-plan", "openid-ssf-transmitter-caep-test-plan"} <= plans
    clients = {one["client_id"]: one for one in over_tls.card["clients"]}
    for name, config in files.items():
        assert config["server"]["discoveryUrl"].startswith(f"{over_tls.url}/.well-known/"), name
        for member in ("client", "client2", "client_secret_post"):
            said = config.get(member, {})
            if "client_id" in said:
                known = clients[said["client_id"]]
                assert known["client_secret"] == said.get("client_secret"), name
                assert known["jwk"] == (said["jwks"]["keys"][0] if "jwks" in said else None), name
        if "client2" in config and "client_id" in config["client2"]:
            assert config["client"]["client_id"] != config["client2"]["client_id"]
    two = clients["fapi-2"]["redirect_uris"]
    callback = "https://localhost.emobix.co.uk:8443/test/a/espace/callback"
    assert {callback, f"{callback}?dummy1=lorem&dummy2=ipsum"} <= set(two)
