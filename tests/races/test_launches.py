"""A launch from the portal is answered once, however many bring it (SMART App Launch 2.2 §2.0.6)."""

from collections import Counter
from urllib.parse import parse_qs, urlsplit

from idp.launch.tables import launches
from idp.tokens.tables import codes
from tests.browser import Browser
from tests.house import Home
from tests.party import claims_of
from tests.races.crowd import Crowd

SCOPE = "openid launch patient/Observation.rs"


async def test_of_many_answers_to_one_launch_exactly_one_is_given(crowd: Crowd, browser: Browser) -> None:
    app = crowd.app(client_id="smart-server")
    got = await app.obtain(browser, scope=SCOPE, choices={"consent": ["measures:read"], "duration": "P3M"})
    subject = claims_of(got["id_token"])["sub"]
    page = await browser.get("/espace/applications")
    there = await browser.submit(page, form=page.form(action="/ouvrir"), follow=False)
    (launch,) = parse_qs(urlsplit(there.location).query)["launch"]
    before = await crowd.rows(codes)

    async def bring(number: int, home: Home) -> dict[str, str]:
        mine, twin = crowd.app(number, "smart-server"), await crowd.twin(browser, number)
        back = await mine.ask(twin, scope=SCOPE, launch=launch)
        if back.status == 400:  # found good, and spent by another that very moment: the person is told
            return {"error": "invalid_request"}
        return {**mine.answer(back), "verifier": next(iter(mine.verifiers.values()))}

    answers = await crowd.together(bring, 20)
    assert Counter(one.get("error", "") for one in answers) == {"": 1, "invalid_request": 19}
    assert await crowd.rows(codes) == before + 1
    assert await crowd.rows(launches, used_at=None) == 0
    (won,) = (one for one in answers if "code" in one)
    tokens = await app.exchange(won["code"], verifier=won["verifier"])
    assert tokens["patient"] == subject
