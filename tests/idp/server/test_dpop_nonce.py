"""Where the settings say so, every proof holds a nonce of ours (RFC 9449 §8, §9)."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from tests.conftest import SETTINGS
from tests.holder import MEASURES, USERINFO, Holder
from tests.house import Home, opened
from tests.party import party

ALL = {"scope": ["profile", "email"]}


@pytest.fixture
async def home(backend: Any, furnished: Any, clock: Any, tmp_path: Any) -> AsyncIterator[Home]:
    """A house that asks for nonces."""
    settings = replace(SETTINGS, idp=replace(SETTINGS.idp, dpop_nonce=True))
    async with backend.copy(filled=True) as database, opened(settings, tmp_path, clock, database, furnished) as made:
        yield made


async def test_the_token_endpoint_gives_the_nonce_to_use(home):
    holder = Holder(party(home))
    refused = await holder.token(grant_type="client_credentials")
    assert refused.status == 400
    assert refused.refused_with("use_dpop_nonce")
    nonce = refused.headers["dpop-nonce"]
    proof = holder.proof("POST", "/token", nonce=nonce)
    again = await holder.token(grant_type="client_credentials", proof=proof)
    assert again.status == 200
    assert "dpop-nonce" not in again.headers
    assert (await holder.token(grant_type="client_credentials", proof=proof)).refused_with("invalid_dpop_proof")


async def test_a_nonce_that_grows_old_is_followed_by_the_next_one(home):
    holder = Holder(party(home))
    nonce = (await holder.token(grant_type="client_credentials")).headers["dpop-nonce"]
    home.clock.advance(timedelta(minutes=2))
    proof = holder.proof("POST", "/token", nonce=nonce)
    answer = await holder.token(grant_type="client_credentials", proof=proof)
    assert answer.status == 200
    following = answer.headers["dpop-nonce"]
    assert following != nonce
    home.clock.advance(timedelta(minutes=2))
    proof = holder.proof("POST", "/token", nonce=nonce)
    assert (await holder.token(grant_type="client_credentials", proof=proof)).refused_with("use_dpop_nonce")
    proof = holder.proof("POST", "/token", nonce=following)
    assert (await holder.token(grant_type="client_credentials", proof=proof)).status == 200


@pytest.mark.parametrize("path", [USERINFO, MEASURES, "/consent/grants"])
async def test_resources_give_theirs_with_401(home, path):
    holder = Holder(party(home))
    nonce = (await holder.token(grant_type="client_credentials")).headers["dpop-nonce"]
    proof = holder.proof("POST", "/token", nonce=nonce)
    token = (await holder.token(grant_type="client_credentials", proof=proof))["access_token"]
    refused = await holder.get(path, token)
    assert refused.status == 401
    assert 'DPoP realm="espace", error="use_dpop_nonce"' in refused.headers["www-authenticate"]
    own = holder.proof("GET", path, token, nonce=refused.headers["dpop-nonce"])
    assert (await holder.get(path, token, proof=own)).status == 403


async def test_who_brings_no_proof_is_asked_for_no_nonce(home):
    answer = await party(home).token(grant_type="client_credentials")
    assert answer.status == 200
    assert "dpop-nonce" not in answer.headers
