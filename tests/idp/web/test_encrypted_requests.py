"""RFC 9101 §6.1: a request that its client signed, then encrypted to us."""

from datetime import timedelta
from typing import Any

import pytest
from joserfc import jwe as other

from clients.options import Options
from keys import rotation
from kit import jose, jwe
from tests.browser import Browser, Page
from tests.house import Home
from tests.party import Party
from tests.proofs import CALLBACK, ec_key, enrol, registered, request_object


@pytest.fixture
async def browser(house: Home) -> Browser:
    return await house.sign_in("gabrielle")


@pytest.fixture
async def app(house: Home) -> Party:
    key = ec_key()
    return await enrol(house, registered(house, "jar", key=key, options=Options()), key)


async def published(house: Home, algorithm: str) -> Any:
    """Our key, as an app finds it: by the metadata, in the key set."""
    told = (await house.client.get("/.well-known/openid-configuration")).json()
    assert algorithm in told["request_object_encryption_alg_values_supported"]
    keys = jose.import_keys((await house.client.get("/jwks")).json(), "enc")
    return next(key for key in keys if key.get("use") == "enc" and key.alg == algorithm)


async def ask(browser: Browser, app: Party, value: str) -> Page:
    query = f"client_id={app.client_id}&request={value}&redirect_uri={CALLBACK}&response_type=code&scope=openid"
    return await browser.get(f"/authorize?{query}")


@pytest.mark.parametrize("algorithm", ["RSA-OAEP-256", "ECDH-ES"])
@pytest.mark.parametrize("encoding", ["A128CBC-HS256", "A256GCM"])
async def test_an_encrypted_request_is_opened_and_followed(
    house: Home, browser: Browser, app: Party, algorithm: str, encoding: str
) -> None:
    key = await published(house, algorithm)
    signed = request_object(app, app.request(state="inside"))
    value = jwe.encrypt(signed.encode(), key, algorithm=algorithm, encoding=encoding)
    back = await app.come_back(browser, await ask(browser, app, value))
    assert back["state"] == "inside"
    assert (await app.exchange(back["code"], verifier=app.verifiers["inside"])).status == 200


async def test_it_is_opened_after_our_keys_changed_and_not_after_they_died(
    house: Home, browser: Browser, app: Party
) -> None:
    key = await published(house, "ECDH-ES")
    settings, vault = house.house.settings.keys, house.ground.vault
    await house.database.work(lambda db: rotation.announce(db, vault, settings, house.clock.now()))
    await house.ring.refresh()
    assert (await published(house, "ECDH-ES")).kid != key.kid

    async def answered() -> dict[str, str]:
        signed = request_object(app, app.request(prompt="none"))
        return app.answer(await ask(browser, app, jwe.encrypt(signed.encode(), key, algorithm="ECDH-ES")))

    assert (await answered())["error"] == "consent_required"
    house.clock.advance(settings.overlap + timedelta(seconds=1))
    await house.database.work(lambda db: rotation.promote(db, settings, house.clock.now()))
    await house.ring.refresh()
    assert (await answered())["error"] == "invalid_request_object"


async def test_what_is_encrypted_wrongly_or_holds_no_signature_is_refused(
    house: Home, browser: Browser, app: Party
) -> None:
    key = await published(house, "ECDH-ES")
    signed = request_object(app, app.request()).encode()
    strange = ["ECDH-ES", "A128GCM", "DEF"]
    stranger = jwe.generate("ECDH-ES", str(key.kid))
    whole = jwe.encrypt(signed, key, algorithm="ECDH-ES")
    for value in (
        other.encrypt_compact({"alg": "ECDH-ES", "enc": "A128GCM", "zip": "DEF"}, signed, key, algorithms=strange),
        jwe.encrypt(signed, stranger, algorithm="ECDH-ES"),
        jwe.encrypt(b'{"client_id":"jar","response_type":"code"}', key, algorithm="ECDH-ES"),
        jwe.encrypt(b"eyJhbGciOiJub25lIn0.e30.", key, algorithm="ECDH-ES"),
        jwe.encrypt(whole.encode(), key, algorithm="ECDH-ES"),
        whole[:-1],
        whole + "A",
        "....",
    ):
        back = app.answer(await ask(browser, app, value))
        assert back["error"] == "invalid_request_object", value
