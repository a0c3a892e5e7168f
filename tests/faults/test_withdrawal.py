"""A power cut anywhere while a person stops an app: it is whole or not done at all, and the second click does it."""

from itertools import count

from consent import grants_store
from consent.grants import Status
from tests.browser import Page
from tests.faults.cuts import cut
from tests.party import code_of
from tests.races.crowd import AGREED, MEASURES
from tests.servers.server import Server


async def test_a_cut_anywhere_in_a_withdrawal_leaves_it_whole_or_undone(server: Server) -> None:
    browser, app = await server.sign_in("gabrielle"), server.app("bench")
    tokens = await app.obtain(browser, scope=MEASURES, choices=AGREED)
    cuts: list[str] = []
    for at in count(1):
        path = f"/espace/applications/{tokens['grant_id']}/arreter"
        page = await browser.get(path)

        async def stop(page: Page = page) -> Page:
            return await browser.submit(page, form=page.form(action="/arreter"))

        done, where = await cut(server, path, at, stop)
        if done is None:
            cuts.append(where)
            async with server.database() as database:
                grant = await database.read(lambda db: grants_store.find(db, tokens["grant_id"]))  # noqa: B023
            assert grant is not None
            call = await app.measures(tokens["access_token"])
            refreshed = await app.refresh(tokens["refresh_token"])
            if grant.status is Status.ACTIVE:
                assert (call.status, refreshed.status) == (200, 200), where
                tokens = refreshed
                continue
            done = await browser.get(path)
        assert done.path.startswith(f"/espace/applications/{tokens['grant_id']}"), done.text
        call = await app.measures(tokens["access_token"])
        assert (call.status, code_of(call)) == (403, "consent_ended"), where
        refreshed = await app.refresh(tokens["refresh_token"])
        assert refreshed.refused_with("invalid_grant", "consent_ended"), where
        if not where:
            break
        tokens = await app.obtain(browser, scope=MEASURES, choices=AGREED)
    assert any("consent_grants" in where for where in cuts)
    assert any("idp_families" in where for where in cuts)
    assert cuts[-2:] == ["before the answer", "within the answer"]
