"""RP-initiated logout, module by module; back- and front-channel are tried in tests/idp/sessions."""

from urllib.parse import urlencode, urlsplit

import pytest

from tests.conformance import oidc
from tests.conformance.oidc import LOGGED_OUT
from tests.party import claims_of


@pytest.fixture
async def rp(op, person):
    return await oidc.relying(op, person)


async def leave(rp, **said):
    page = await rp.browser.get(f"/logout?{urlencode(said)}")
    if any(form.action.endswith("/logout/confirm") for form in page.forms):
        [form] = [form for form in page.forms if form.action.endswith("/logout/confirm")]
        page = await rp.browser.submit(page, {}, form=form)
    return page


async def signed_out(rp):
    return rp.answer(await rp.ask(prompt="none"))["error"] == "login_required"


async def test_oidcc_rp_initiated_logout_discovery_endpoint_verification(op):
    said = (await op.client.get("/.well-known/openid-configuration")).json()
    assert said["end_session_endpoint"] == f"{op.issuer}/logout"
    for name in (
        "backchannel_logout",
        "backchannel_logout_session",
        "frontchannel_logout",
        "frontchannel_logout_session",
    ):
        assert said[f"{name}_supported"] is True


async def test_oidcc_rp_initiated_logout(rp):
    hint = (await rp.tokens())["id_token"]
    assert claims_of(hint)["sid"]
    page = await leave(rp, id_token_hint=hint, post_logout_redirect_uri=LOGGED_OUT, state="s" * 128)
    assert page.location == f"{LOGGED_OUT}?state={'s' * 128}"
    assert await signed_out(rp)


async def test_oidcc_rp_initiated_logout_no_state(rp):
    hint = (await rp.tokens())["id_token"]
    assert (await leave(rp, id_token_hint=hint, post_logout_redirect_uri=LOGGED_OUT)).location == LOGGED_OUT
    assert await signed_out(rp)


@pytest.mark.parametrize("what", ["bad uri", "query added", "modified hint", "bad hint", "no hint"])
async def test_oidcc_rp_initiated_logout_without_proof_leads_nowhere(op, rp, what):
    """-bad-post-logout-redirect-uri, -query-added-to-post-logout-redirect-uri, -modified-id-token-hint,
    -bad-id-token-hint, -no-id-token-hint."""
    hint = (await rp.tokens())["id_token"]
    head, _, signature = hint.rpartition(".")
    said = {"id_token_hint": hint, "post_logout_redirect_uri": LOGGED_OUT, "state": "st"}
    said |= {
        "bad uri": {"post_logout_redirect_uri": "https://suite.example/elsewhere"},
        "query added": {"post_logout_redirect_uri": f"{LOGGED_OUT}?foo=bar"},
        "modified hint": {"id_token_hint": "eyJhbGciOiJub25lIn0." + head.split(".")[1] + "."},
        "bad hint": {"id_token_hint": f"{head}.{'A' * len(signature)}"},
        "no hint": {"id_token_hint": ""},
    }[what]
    page = await leave(rp, **{name: value for name, value in said.items() if value})
    assert urlsplit(page.location).netloc == urlsplit(op.issuer).netloc


@pytest.mark.parametrize("what", ["no params", "no uri", "only state"])
async def test_oidcc_rp_initiated_logout_tells_that_one_is_signed_out(rp, what):
    """-no-params, -no-post-logout-redirect-uri, -only-state."""
    hint = (await rp.tokens())["id_token"]
    page = await leave(rp, **{"no params": {}, "no uri": {"id_token_hint": hint}, "only state": {"state": "st"}}[what])
    assert page.status == 200
    assert await signed_out(rp)
