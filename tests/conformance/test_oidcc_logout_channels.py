"""Back- and front-channel logout, module by module; what each looks at beside is in tests/idp/sessions."""

import html
import re
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from tests.conformance import oidc
from tests.conformance.oidc import LOGGED_OUT, Relying
from tests.party import claims_of
from tests.receiver import receiving, register, verified

EVENT = "http://schemas.openid.net/event/backchannel-logout"


@pytest.fixture
async def rp(op, person):
    return await oidc.relying(op, person)


async def leave(rp: Relying, hint: str):
    said = {"id_token_hint": hint, "post_logout_redirect_uri": LOGGED_OUT, "state": "st"}
    return await rp.browser.get(f"/logout?{urlencode(said)}")


@pytest.mark.parametrize("channel", ["backchannel", "frontchannel"])
async def test_oidcc_logout_discovery_endpoint_verification(op, channel):
    """oidcc-backchannel-logout-… and oidcc-frontchannel-logout-discovery-endpoint-verification."""
    said = (await op.client.get("/.well-known/openid-configuration")).json()
    assert said[f"{channel}_logout_supported"] is True
    assert said[f"{channel}_logout_session_supported"] is True
    assert said["end_session_endpoint"]


async def test_oidcc_backchannel_rp_initiated_logout(op, rp):
    async with receiving() as suite:
        said = {"backchannel_logout_uri": suite.url, "backchannel_logout_session_required": True}
        await register(op, rp.client_id, **said)
        hint = (await rp.tokens())["id_token"]
        assert (await leave(rp, hint)).location == f"{LOGGED_OUT}?state=st"
        await op.ground.outbox.drain()
        [body] = suite.bodies
        assert list(parse_qs(body)) == ["logout_token"]
        header, claims = await verified(op, suite.logout_tokens[0])
        told = claims_of(hint)
        assert (header["typ"], header["alg"]) == ("logout+jwt", "RS256")
        assert (claims["iss"], claims["aud"]) == (op.issuer, rp.client_id)
        assert (claims["sub"], claims["sid"]) == (told["sub"], told["sid"])
        assert claims["events"] == {EVENT: {}}
        assert {"iat", "jti", "exp"} <= claims.keys()
        assert "nonce" not in claims
    assert rp.answer(await rp.ask(prompt="none"))["error"] == "login_required"


async def test_oidcc_frontchannel_rp_initiated_logout(op, rp):
    uri = "https://suite.example/test/a/espace/frontchannel_logout"
    await register(op, rp.client_id, frontchannel_logout_uri=uri, frontchannel_logout_session_required=True)
    hint = (await rp.tokens())["id_token"]
    page = await leave(rp, hint)
    [frame] = [html.unescape(found) for found in re.findall(r'<iframe[^>]* src="([^"]+)"', page.html)]
    assert frame.split("?")[0] == uri
    assert parse_qs(urlsplit(frame).query) == {"iss": [op.issuer], "sid": [claims_of(hint)["sid"]]}
    assert "frame-src https://suite.example;" in page.response.headers["content-security-policy"]
    assert f'data-to="{LOGGED_OUT}?state=st"' in page.html
    assert rp.answer(await rp.ask(prompt="none"))["error"] == "login_required"
