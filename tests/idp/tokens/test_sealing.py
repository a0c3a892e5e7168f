"""Whom an answer is encrypted to: a key of the client's, registered or published; without one nothing is sent."""

import json
from dataclasses import replace

import pytest

from clients.keysets import KeySets
from clients.options import Options
from clients.records import Client, Kind, Status
from idp.tokens import sealing
from idp.tokens.sealing import NoRecipient
from kit import jose
from kit.fetch import Fetch, FetchSettings
from tests.idp.answers import EC, RSA, X25519, opened, public
from tests.stands import said, standing

WANTS = {"id_token_encrypted_response_alg": "ECDH-ES+A128KW"}


@pytest.fixture
async def keysets(clock):
    fetch = Fetch(FetchSettings(loopback=True))
    yield KeySets(fetch, clock)
    fetch.close()


@pytest.fixture
def client(clock):
    return Client(client_id="app", name="App", kind=Kind.APP, status=Status.REFERENCED, created_at=clock.now())


async def test_who_did_not_ask_has_no_recipient(keysets, client):
    known = replace(client, jwks=public(EC), options=Options(**WANTS))
    assert await sealing.recipient(keysets, client, "id_token") is None
    assert await sealing.recipient(keysets, known, "userinfo") is None


@pytest.mark.parametrize("key", [EC, X25519])
async def test_the_key_is_the_one_that_fits_the_algorithm(keysets, client, key):
    signing = jose.generate("ES256", "sig")
    known = replace(client, jwks=public(signing, RSA, key), options=Options(**WANTS))
    to = await sealing.recipient(keysets, known, "id_token")
    assert to is not None
    assert (to.key.kid, to.encoding) == (key.kid, "A128CBC-HS256")
    assert opened(sealing.nested("a.b.c", to), key)[1] == "a.b.c"


async def test_a_published_key_is_fetched(keysets, client):
    async with standing(said(json.dumps(public(RSA, EC)).encode())) as stand:
        to = await sealing.recipient(keysets, replace(client, options=Options(jwks_uri=stand.url, **WANTS)), "id_token")
    assert to is not None
    assert to.key.kid == "ec-enc"


async def test_no_key_is_no_answer(keysets, client):
    for jwks in (None, public(), public(RSA), public(jose.generate("ES256", "sig"))):
        with pytest.raises(NoRecipient):
            await sealing.recipient(keysets, replace(client, jwks=jwks, options=Options(**WANTS)), "id_token")
    async with standing(said(b"nothing", "500 Oops")) as stand:
        known = replace(client, options=Options(jwks_uri=stand.url, **WANTS))
        with pytest.raises(NoRecipient):
            await sealing.recipient(keysets, known, "id_token")
    with pytest.raises(NoRecipient):
        sealing.nested("a.b.c", None)
