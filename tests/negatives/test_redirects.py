"""No answer ever sends a browser, or a code, to an address that the app did not register (RFC 9700 §4.1)."""

from urllib.parse import urlsplit

import pytest

from tests.house import Home
from tests.party import party

CORPUS = {
    "another host": "https://evil.example/retour",
    "user name": "{scheme}://{host}@evil.example{path}",
    "suffix of the host": "{scheme}://{host}.evil.example{path}",
    "prefix of the path": "{known}/more",
    "path goes up": "{known}/../evil",
    "encoded path": "{scheme}://{host}{path}%2f..%2fevil",
    "letter case": "{upper}",
    "backslash": "{scheme}://{host}\\@evil.example{path}",
    "tab": "{known}\t",
    "new line": "{known}\r\nlocation: https://evil.example",
    "fragment": "{known}#evil",
    "query": "{known}?next=https://evil.example",
    "final slash": "{known}/",
    "no scheme": "//{host}{path}",
    "script": "javascript:alert(1)//{known}",
    "data": "data:text/html,{known}",
    "full width dot": "{scheme}://{host}．evil.example{path}",
    "a dot is a letter": "{dotted}",
    "port": "{scheme}://{host}:1{path}",
}
WRONG = {
    "nothing wrong": {},
    "no PKCE": {"code_challenge": None},
    "plain PKCE": {"code_challenge_method": "plain"},
    "PKCE without method": {"code_challenge_method": None},
    "short challenge": {"code_challenge": "short"},
    "unknown scope": {"scope": "everything"},
    "response type": {"response_type": "token"},
    "hybrid": {"response_type": "code id_token"},
    "response mode": {"response_mode": "smoke"},
    "prompt": {"prompt": "none login"},
    "silence": {"prompt": "none"},
    "request object": {"request": "e30.e30."},
    "request by reference": {"request_uri": "https://evil.example/r"},
    "resource": {"resource": "https://evil.example"},
    "hint": {"id_token_hint": "e30.e30.AAAA"},
    "long state": {"state": "s" * 5000},
    "max age": {"max_age": "-1"},
}


def wanted(known: str, pattern: str) -> str:
    parts = urlsplit(known)
    dotted = known.replace(".", "x", 1)
    return pattern.format(
        known=known, dotted=dotted, upper=known.upper(), scheme=parts.scheme, host=parts.netloc, path=parts.path
    )  # fmt: skip


@pytest.mark.parametrize("client_id", ["bench", "mobile"])
async def test_an_address_that_is_not_registered_is_never_gone_to(house: Home, client_id: str) -> None:
    """Whatever else is wrong with the request, or not."""
    app, browser = party(house, client_id), house.browser()
    for name, pattern in CORPUS.items():
        target = wanted(app.redirect_uri, pattern)
        if client_id == "mobile" and name == "port" and "127.0.0.1" in target:
            continue  # RFC 8252 §7.3
        for wrong, changes in WRONG.items():
            page = await app.ask(browser, **{**changes, "redirect_uri": target})
            assert page.status == 400, (name, wrong, page.status)
            assert "location" not in page.response.headers, (name, wrong)
            assert page.response.headers["cache-control"] == "no-store", (name, wrong)
            assert "evil.example" not in page.response.headers.get("content-security-policy", ""), (name, wrong)


async def test_an_error_goes_to_the_registered_address_with_our_name_and_no_code(house: Home) -> None:
    app, browser = party(house), house.browser()
    for wrong, changes in WRONG.items():
        if not changes:
            continue
        said = app.answer(await app.ask(browser, **changes))
        assert said["iss"] == house.issuer, wrong
        assert "error" in said, wrong
        assert "code" not in said, wrong


@pytest.mark.parametrize("name", ["client_id", "redirect_uri"])
async def test_who_asks_and_where_to_are_said_once(house: Home, name: str) -> None:
    app, browser = party(house), house.browser()
    asked = app.request()
    for first, last in ((asked[name], "https://evil.example/"), ("https://evil.example/", asked[name])):
        rest = [(key, value) for key, value in asked.items() if key != name]
        page = await browser.client.get("/authorize", params=[*rest, (name, first), (name, last)])
        assert page.status_code == 400
        assert "location" not in page.headers


@pytest.mark.parametrize(
    "target",
    ["https://evil.example/", "//evil.example/", "/\\evil.example", "/espace/../../evil", "javascript:alert(1)"],
)
async def test_no_page_of_ours_is_a_way_to_another_site(house: Home, target: str) -> None:
    """`next`, `suite`, and what an app may not say at sign-out."""
    browser = await house.sign_in("gabrielle")
    for path, name in (("/signin", "next"), ("/espace/connexion", "suite")):
        page = await browser.client.get(path, params={name: target})
        assert (
            page.headers.get("location", "").startswith(("/espace", "/signin", house.issuer)) or page.status_code == 200
        )
        assert "evil" not in page.headers.get("location", "") or page.headers["location"].startswith("/espace/")
    page = await browser.client.get("/logout", params={"client_id": "portal", "post_logout_redirect_uri": target})
    assert page.status_code == 400


@pytest.mark.parametrize("said", [{"redirect_uri": "https://evil.example/"}, {"return_uri": "https://evil.example/"}])
async def test_a_pairing_sends_nobody_elsewhere(house: Home, said: dict[str, str]) -> None:
    app = party(house, "glucolink")
    tokens = await app.obtain(await house.sign_in("gabrielle"), scope="openid pairing")
    headers = {"authorization": f"Bearer {tokens['access_token']}"}
    refused = await house.client.post("/pairings", json=said, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (400, "invalid_redirect_uri")


async def test_an_address_of_ours_never_comes_from_a_header(house: Home) -> None:
    for header in ("host", "x-forwarded-host", "x-forwarded-proto", "forwarded", "x-original-url"):
        for path in ("/.well-known/openid-configuration", "/signin", "/", "/dossier/fhir/metadata", "/authorize/none"):
            answer = await house.client.get(path, headers={header: "evil.example", "accept": "text/html"})
            assert "evil.example" not in answer.text, (header, path)
            assert "evil.example" not in str(answer.headers), (header, path)
