"""However it is asked, no answer goes where the app did not register (RFC 9700 §4.11)."""

from urllib.parse import urlencode

import pytest

from idp.protocol import responses
from tests.browser import Browser, Page
from tests.house import Home
from tests.negatives.test_redirects import CORPUS, WRONG, wanted
from tests.party import Party, party
from tests.proofs import CALLBACK, ec_key, enrol, registered, request_object

EVIL = "https://evil.example/retour"


async def signer(home: Home) -> Party:
    key = ec_key()
    return await enrol(home, registered(home, "jar", key=key), key)


def stays(page: Page, said: object = "") -> None:
    """A page of ours that leads nowhere."""
    assert page.status == 400, (said, page.status)
    assert "location" not in page.response.headers, said
    assert "refresh" not in page.response.headers, said
    assert not any("evil" in form.action for form in page.forms), said
    assert "evil.example" not in page.response.headers.get("content-security-policy", ""), said
    assert "evil.example" not in str(page.links), said


@pytest.mark.parametrize("mode", responses.MODES)
async def test_no_mode_of_answering_reaches_an_address_that_is_not_registered(house: Home, mode: str) -> None:
    """Whether the request is good or wrong, and asked by GET or by POST."""
    app, browser = party(house), house.browser()
    for name, pattern in CORPUS.items():
        target = wanted(app.redirect_uri, pattern)
        for wrong in ("nothing wrong", "unknown scope", "silence"):
            changes = {**WRONG[wrong], "redirect_uri": target, "response_mode": mode}
            stays(await app.ask(browser, **changes), (name, wrong))
        posted = await browser.client.post("/authorize", data=app.request(redirect_uri=target, response_mode=mode))
        assert posted.status_code == 400, name
        assert "location" not in posted.headers, name


@pytest.mark.parametrize("mode", responses.MODES)
async def test_an_error_goes_to_the_registered_address_in_each_mode(house: Home, mode: str) -> None:
    app, browser = party(house), house.browser()
    page = await app.ask(browser, response_mode=mode, prompt="none", scope="everything")
    if mode.startswith("form_post"):
        assert [form.action for form in page.forms] == [app.redirect_uri]
        assert "location" not in page.response.headers
    else:
        assert page.location.startswith((f"{app.redirect_uri}?", f"{app.redirect_uri}#"))


async def test_nothing_is_pushed_for_an_address_that_is_not_registered(house: Home) -> None:
    """Told to the app that pushes, never by a redirect (RFC 9126 §2.3)."""
    app = party(house)
    for name, pattern in CORPUS.items():
        answer = await app.post("/par", **app.request(redirect_uri=wanted(app.redirect_uri, pattern)))
        assert (answer.status, answer["error"]) == (400, "invalid_request"), name
        assert "location" not in answer.headers, name
    doubled = await app.post("/par", **app.request(redirect_uri=None))
    assert doubled.status == 400


async def test_a_signed_request_goes_nowhere_else_either(house: Home) -> None:
    """What the object says counts; what stands beside it does not make its address good."""
    app, browser = await signer(house), house.browser()
    for name, pattern in CORPUS.items():
        value = request_object(app, app.request(redirect_uri=wanted(CALLBACK, pattern)))
        for beside in ({}, {"redirect_uri": CALLBACK}):
            stays(await _asked(browser, client_id="jar", request=value, **beside), (name, beside))
        assert (await app.post("/par", request=value)).status == 400, name
    for broken in ("e30.e30.", f"{request_object(app, app.request())[:-4]}AAAA", "x"):
        for request in ({"redirect_uri": EVIL}, {"redirect_uri": EVIL, "response_mode": "form_post"}):
            stays(await _asked(browser, client_id="jar", request=broken, **request), broken[:10])


async def test_a_request_by_reference_goes_nowhere_else_either(house: Home) -> None:
    """A name that is unknown, used, or another app's is told to the person, whatever address stands beside it."""
    app, browser = party(house), await house.sign_in("gabrielle")
    pushed = (await app.post("/par", **app.request()))["request_uri"]
    names = (f"{pushed}x", "urn:ietf:params:oauth:request_uri:par_x", "https://evil.example/r", "x")
    for uri in names:
        stays(await _asked(browser, client_id="bench", request_uri=uri, redirect_uri=EVIL), uri)
    stays(await _asked(browser, client_id="mobile", request_uri=pushed, redirect_uri=EVIL))
    stays(await _asked(browser, client_id="nobody", request_uri=pushed, redirect_uri=EVIL))
    page = await _asked(browser, client_id="bench", request_uri=pushed, redirect_uri=EVIL)
    assert app.answer(await browser.submit(page, {"decision": "refuse"}))["error"] == "access_denied"
    stays(await _asked(browser, client_id="bench", request_uri=pushed, redirect_uri=EVIL))


async def test_signing_out_goes_nowhere_else(house: Home) -> None:
    for signed in (False, True):
        browser = await house.sign_in("gabrielle") if signed else house.browser()
        for name, pattern in CORPUS.items():
            target = wanted(party(house, "portal").known["redirect_uris"][0], pattern)
            for client in ("portal", "bench", "nobody", ""):
                query = {"client_id": client, "post_logout_redirect_uri": target, "id_token_hint": "e30.e30.AAAA"}
                for asked in (query, {"post_logout_redirect_uri": target}, {**query, "id_token_hint": ""}):
                    page = await browser.get(f"/logout?{urlencode(asked)}")
                    assert page.status == 400, (name, client)
                    assert "location" not in page.response.headers, (name, client)
                    assert not any("evil" in href for href, _ in page.links), (name, client)


async def _asked(browser: Browser, **query: str) -> Page:
    return await browser.get(f"/authorize?{urlencode(query)}")
