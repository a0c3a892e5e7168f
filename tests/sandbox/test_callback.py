"""`/sandbox/callback`: what came back from an authorization, for scripts and for people."""

from tests.house import Home
from tests.party import party

JSON = {"accept": "application/json"}


async def test_a_script_reads_what_came_back(house: Home) -> None:
    answer = await house.client.get("/sandbox/callback?code=ac_x&state=s%26t&iss=i", headers=JSON)
    assert answer.json() == {"method": "GET", "parameters": {"code": "ac_x", "state": "s&t", "iss": "i"}}
    assert answer.headers["cache-control"] == "no-store"


async def test_a_form_that_posts_itself_is_read_too(house: Home) -> None:
    headers = {**JSON, "origin": "https://elsewhere.example"}
    answer = await house.client.post("/sandbox/callback", data={"code": "ac_x"}, headers=headers)
    assert answer.json() == {"method": "POST", "parameters": {"code": "ac_x"}}


async def test_a_person_sees_it_and_nothing_in_it_runs(house: Home) -> None:
    headers = {"accept": "text/html"}
    page = await house.client.get("/sandbox/callback?code=%3Cscript%3E1%3C/script%3E", headers=headers)
    assert "<script>1" not in page.text
    assert "&lt;script&gt;1" in page.text
    assert "aucun paramètre" in (await house.client.get("/sandbox/callback", headers=headers)).text


async def test_an_authorization_ends_there(house: Home) -> None:
    app = party(house, "smart-server")
    uri = next(one for one in app.known["redirect_uris"] if one.endswith("/sandbox/callback"))
    browser = await house.sign_in()
    page = await browser.submit(await app.ask(browser, redirect_uri=uri, scope="openid"), {"decision": "allow"})
    assert page.status == 200
    assert page.location == "" or page.location.startswith(uri)
    assert "code" in str(page.url) or "code" in page.text
