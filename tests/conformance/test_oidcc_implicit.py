"""OpenID Connect Core §15.2: what a dynamic provider must know, `id_token` and `id_token token`, where it is opened."""

from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from clients import store
from clients.metadata import BadMetadata
from clients.options import Options
from tests.conformance import oidc
from tests.conformance.oidc import CALLBACK

KINDS = ("code", "id_token", "id_token token")


@pytest.fixture
async def rp(op, person):
    made = await oidc.relying(op, person)
    kinds = frozenset({"authorization_code", "implicit"})
    await change(op, made, grant_types=kinds, options=Options(response_types=KINDS))
    return made


async def change(op, rp, **changes):
    found = await op.database.read(lambda db: store.find(db, rp.client_id))
    await op.database.work(lambda db: store.replace(db, replace(found, **changes), op.clock.now()))
    op.house.clients.forget(rp.client_id)


def fragment(page):
    assert page.location.startswith(CALLBACK), (page.status, page.text[:300])
    assert urlsplit(page.location).query == ""
    return {name: values[0] for name, values in parse_qs(urlsplit(page.location).fragment).items()}


async def agreed(rp, **asked):
    page = await rp.ask(**asked)
    if not page.location.startswith(CALLBACK):
        choices = page.form("decision").choices
        page = await rp.browser.submit(page, {"decision": "allow", "scope": choices.get("scope")})
    return fragment(page)


async def claims_of(op, token):
    keys = KeySet.import_key_set((await op.client.get("/jwks")).json())
    return jwt.decode(token, keys, algorithms=["RS256"]).claims


async def test_an_id_token_alone_holds_the_claims_of_the_scopes(op, rp):
    back = await agreed(rp, response_type="id_token", scope="openid email", nonce="n")
    assert set(back) == {"id_token", "state", "iss"}
    said = await claims_of(op, back["id_token"])
    assert (said["nonce"], said["email"]) == ("n", op.person("gabrielle")["email"])
    assert "at_hash" not in said


@pytest.mark.parametrize("kind", ["id_token token", "token id_token"])
async def test_with_an_access_token_that_opens_userinfo(op, rp, kind):
    back = await agreed(rp, response_type=kind, scope="openid email offline_access", nonce="n")
    assert {"id_token", "access_token", "token_type", "expires_in"} <= set(back)
    assert "refresh_token" not in back
    said = await claims_of(op, back["id_token"])
    assert "email" not in said
    info = await rp.userinfo(back["access_token"])
    assert (info.status_code, info.json()["sub"]) == (200, said["sub"])


@pytest.mark.parametrize("more", [{"nonce": None}, {"response_mode": "query"}, {"scope": "email"}])
async def test_what_it_takes_is_not_optional(rp, more):
    page = await rp.ask(response_type="id_token", **more)
    place = urlsplit(page.location)
    assert parse_qs(place.fragment or place.query)["error"] == ["invalid_request"]
    assert "id_token=" not in page.location


async def test_who_did_not_register_it_does_not_get_it(op, person):
    plain = await oidc.relying(op, person, "plain")
    assert fragment(await plain.ask(response_type="id_token"))["error"] == "unauthorized_client"


async def test_no_other_profile_knows_it(op, house, person):
    found = await op.database.read(lambda db: store.find(db, "bench"))
    wanted = replace(found, grant_types=found.grant_types | {"implicit"}, options=Options(response_types=KINDS))
    with pytest.raises(BadMetadata, match="response_types"):
        await op.database.work(lambda db: store.replace(db, wanted, op.clock.now()))
    usual = (await house.client.get("/.well-known/openid-configuration")).json()
    opened = (await op.client.get("/.well-known/openid-configuration")).json()
    assert usual["response_types_supported"] == ["code"]
    assert "implicit" not in usual["grant_types_supported"]
    assert {"code", "id_token", "id_token token"} <= set(opened["response_types_supported"])
    assert "implicit" in opened["grant_types_supported"]


async def test_the_tokens_end_with_the_session(op, rp):
    back = await agreed(rp, response_type="id_token token", nonce="n")
    from tests.negatives import doors

    await doors.session_ended(doors.Held(op, rp.party, rp.browser))
    assert (await rp.userinfo(back["access_token"])).status_code == 401


async def test_who_comes_back_is_answered_as_asked(rp):
    """Without a page, on the short way too."""
    await agreed(rp, response_type="id_token token", nonce="n")
    again = fragment(await rp.ask(response_type="id_token token", nonce="n"))
    assert {"id_token", "access_token"} <= set(again)
    assert "code" not in again


async def test_a_token_that_must_be_bound_is_not_given_there(op, rp):
    with pytest.raises(BadMetadata, match="bound to a key"):
        await change(op, rp, options=Options(response_types=KINDS, dpop_bound_access_tokens=True))
