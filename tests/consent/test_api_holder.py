"""The holder's side: their agreements, what was done in their space, and their hand on it."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from clients.records import Status
from consent.access import Trace
from consent.grants import Grant
from consent.question import Wish
from consent.scopes import CONSENTS
from tests.consent.world import GABRIELLE, MEASURES, PORTAL_SCOPE, World, glucolink

ADD = Wish("Observation", "c", "measures")


def problem(response: httpx2.Response) -> tuple[int, str]:
    assert response.headers["content-type"] == "application/problem+json"
    return response.status_code, response.json()["code"]


async def call(world: World, method: str, path: str, body: Any = None, *, match: str = "") -> httpx2.Response:
    async with world.caller(await world.portal_token()) as caller:
        headers = {"if-match": match} if match else {}
        return await caller.request(method, path, json=body, headers=headers)


async def change(world: World, grant: Grant, verb: str, body: Any = None, *, match: str = "") -> httpx2.Response:
    return await call(world, "POST", f"/consent/grants/{grant.id}/{verb}", body or {}, match=match)


async def test_the_holder_sees_each_app_in_words(world: World) -> None:
    grant = await world.agreed("measures:write")
    claims = world.claims(grant)

    def used(db: Any) -> None:
        permit = world.scene.access.decide(db, claims, ADD, world.now)
        world.scene.access.record(db, permit, claims, Trace("create", "Observation", count=96), world.now)

    await world.work(used)
    response = await call(world, "GET", "/consent/grants")
    assert response.headers["cache-control"] == "no-store"
    (card,) = response.json()["grants"]
    assert card["client"]["name"] == "GlucoLink"
    assert (card["client"]["publisher"], card["client"]["purpose"]) == ("Gluco SAS", "suivre votre glycémie")
    assert [(one["value"], one["words"]) for one in card["consents"]] == [("measures:write", "ajoute des mesures")]
    assert [one["value"] for one in card["allowed"]] == ["measures:read", "measures:write"]
    assert card["summary"] == "ajoute des mesures"
    assert (card["status"], card["standing"], card["version"]) == ("active", "active", 2)
    assert (card["since"], card["until"]) == ("2026-03-02T09:00:00Z", "2026-06-02T09:00:00Z")
    assert (card["last_access_at"], card["calls_30_days"]) == ("2026-03-02T09:00:00Z", 1)


async def test_ended_links_stay_in_the_list_unless_left_out(world: World) -> None:
    await change(world, await world.agreed(), "end")
    assert len((await call(world, "GET", "/consent/grants")).json()["grants"]) == 1
    assert (await call(world, "GET", "/consent/grants?status=current")).json()["grants"] == []
    assert problem(await call(world, "GET", "/consent/grants?status=x")) == (400, "invalid_request")


async def test_one_agreement_shows_what_each_version_changed(world: World) -> None:
    grant = await world.agreed()
    await change(world, grant, "amend", {"consents": ["measures:write"]})
    await change(world, grant, "pause")
    response = await call(world, "GET", f"/consent/grants/{grant.id}")
    assert response.headers["etag"] == '"4"'
    versions = response.json()["history"]
    assert [version["version"] for version in versions] == [4, 3, 2, 1]
    assert versions[0]["changes"]["status"] == ["active", "paused"]
    assert [one["value"] for one in versions[1]["changes"]["removed"]] == ["measures:read"]
    assert {one["value"] for one in versions[2]["changes"]["added"]} == MEASURES
    assert [version["by"]["kind"] for version in versions] == ["person", "person", "person", "app"]


async def test_amending_replaces_what_is_agreed(world: World) -> None:
    grant = await world.agreed()
    done = await change(world, grant, "amend", {"consents": ["measures:read"], "duration": "P12M"}, match='"2"')
    assert (done.status_code, done.headers["etag"]) == (200, '"3"')
    assert [one["value"] for one in done.json()["consents"]] == ["measures:read"]
    assert done.json()["until"] == "2027-03-02T09:00:00Z"


TOO_MUCH: tuple[tuple[Any, str], ...] = (
    ({"consents": ["documents:read"]}, "consent_not_allowed"),
    ({"consents": ["measures:erase"]}, "consent_not_allowed"),
    ({"consents": []}, "consents_missing"),
    ({"consents": ["measures:read"], "duration": "P13M"}, "invalid_duration"),
    ({"consents": ["measures:read"], "duration": "toujours"}, "invalid_duration"),
    ({"duration": "P3M"}, "invalid_request"),
    ({"consents": "measures:read"}, "invalid_request"),
    ({"consents": ["measures:read"], "scope": "x"}, "invalid_request"),
)


@pytest.mark.rule("R156")
async def test_an_amendment_says_everything_and_never_too_much(world: World) -> None:
    grant = await world.agreed("measures:write")
    for body, code in TOO_MUCH:
        assert problem(await change(world, grant, "amend", body)) == (400, code), body
    (card,) = (await call(world, "GET", "/consent/grants")).json()["grants"]
    assert (card["version"], [one["value"] for one in card["consents"]]) == (2, ["measures:write"])


async def test_an_agreement_cannot_grow_beyond_what_the_app_asked(world: World) -> None:
    grant = await world.agreed("measures:read", scope=CONSENTS["measures:read"])
    assert problem(await change(world, grant, "amend", {"consents": ["measures:read", "measures:write"]})) == (
        400, "consent_not_allowed",
    )  # fmt: skip


async def test_a_page_that_is_out_of_date_changes_nothing(world: World) -> None:
    grant = await world.agreed()
    await change(world, grant, "pause")
    for answer in (
        await change(world, grant, "end", match='"2"'),
        await change(world, grant, "end", {"version": 2}),
        await change(world, grant, "resume", match='W/"2"'),
        await change(world, grant, "amend", {"consents": ["measures:read"], "version": 2}),
    ):
        assert problem(answer) == (409, "version_conflict")
    for match in ("x", '"-1"'):
        assert problem(await change(world, grant, "end", match=match)) == (400, "invalid_request")
    assert problem(await change(world, grant, "end", {"version": 2}, match='"3"')) == (400, "invalid_request")
    assert (await change(world, grant, "end", match='"3"')).json()["status"] == "ended"


async def test_pause_resume_and_end(world: World) -> None:
    grant = await world.agreed()
    assert (await change(world, grant, "pause")).json()["status"] == "paused"
    assert problem(await change(world, grant, "pause")) == (409, "grant_paused")
    assert (await change(world, grant, "resume")).json()["status"] == "active"
    assert problem(await change(world, grant, "resume")) == (409, "grant_active")
    ended = (await change(world, grant, "end")).json()
    assert (ended["status"], ended["ended_because"], ended["ended_at"]) == (
        "ended", "withdrawn", "2026-03-02T09:00:00Z",
    )  # fmt: skip
    assert (await change(world, grant, "end")).json()["version"] == ended["version"]
    assert problem(await change(world, grant, "pause")) == (409, "grant_ended")


async def test_fifty_who_stop_one_link_stop_it_once(world: World) -> None:
    grant = await world.agreed()
    token = await world.portal_token()
    async with world.caller(token) as caller:
        answers = await asyncio.gather(
            *(caller.post(f"/consent/grants/{grant.id}/end", headers={"if-match": '"2"'}) for _ in range(50))
        )
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 49
    assert (await world.actions()).count("grant.ended") == 1


async def test_an_agreement_of_somebody_else_is_not_there(world: World) -> None:
    await world.active_space("per_2")
    other = await world.agreed(person="per_2")
    own = await world.opened(person=GABRIELLE, scope=PORTAL_SCOPE)
    for path in (f"/consent/grants/{other.id}", "/consent/grants/grt_nothing"):
        assert problem(await call(world, "GET", path)) == (404, "grant_unknown")
    assert problem(await change(world, other, "end")) == (404, "grant_unknown")
    assert own.person_id == GABRIELLE


async def test_the_portal_does_not_list_itself(world: World) -> None:
    assert (await call(world, "GET", "/consent/grants")).json() == {"grants": []}


async def test_an_app_that_left_the_catalogue_is_still_shown(world: World) -> None:
    await world.agreed()
    await world.change_client(glucolink(status=Status.DELISTED))
    (card,) = (await call(world, "GET", "/consent/grants")).json()["grants"]
    assert card["client"]["status"] == "delisted"


ADDRESSES = [
    ("GET", "/consent/space"),
    ("POST", "/consent/children/x/decision"),
    ("GET", "/consent/grants"),
    ("GET", "/consent/grants/x"),
    ("POST", "/consent/grants/x/end"),
    ("POST", "/consent/grants/x/pause"),
    ("POST", "/consent/grants/x/resume"),
    ("POST", "/consent/grants/x/amend"),
    ("GET", "/consent/journal"),
]


async def test_nobody_comes_in_without_their_own_token(world: World) -> None:
    grant = await world.agreed()
    tokens = (
        ("", (401, "token_missing")),
        (world.token(grant), (403, "insufficient_scope")),
        (world.token(grant, scope=PORTAL_SCOPE), (403, "consent_missing")),
        (await world.portal_token(scope=frozenset({"openid"})), (403, "insufficient_scope")),
    )
    bodies = {"decision": {"decision": "activate"}, "amend": {"consents": ["measures:read"]}}
    for method, path in ADDRESSES:
        for token, expected in tokens:
            async with world.caller(token) as caller:
                said = await caller.request(method, path, json=bodies.get(path.rpartition("/")[2], {}))
            assert problem(said) == expected, path
            if expected[1] == "insufficient_scope":
                assert 'error="insufficient_scope"' in said.headers["www-authenticate"]


async def test_a_token_that_only_reads_changes_nothing(world: World) -> None:
    grant = await world.agreed()
    async with world.caller(await world.portal_token(scope=frozenset({"patient/Consent.rs"}))) as caller:
        assert (await caller.get("/consent/grants")).status_code == 200
        assert problem(await caller.post(f"/consent/grants/{grant.id}/end")) == (403, "insufficient_scope")


@pytest.mark.rule("R105")
@pytest.mark.rule("R106")
async def test_the_holder_reads_who_did_what_when_and_where_from(world: World) -> None:
    grant = await world.agreed()
    await change(world, grant, "end")
    body = (await call(world, "GET", "/consent/journal")).json()
    assert [one["sentence"] for one in body["entries"]] == [
        "Vous avez arrêté le lien avec GlucoLink.",
        "Vous avez autorisé GlucoLink.",
        "GlucoLink a demandé un lien avec votre espace.",
        "Vous avez activé votre espace.",
        "Votre futur espace vous a été annoncé.",
    ]
    assert body["next"] is None
    last = body["entries"][0]
    assert (last["at"], last["actor"], last["action"], last["context"]) == (
        "2026-03-02T09:00:00Z", {"kind": "person", "name": "Vous"}, "grant.ended", "portal",
    )  # fmt: skip
    assert last["context_words"] == "dans votre espace"
    assert last["object_ids"] == [grant.id]


async def test_the_journal_is_read_page_by_page_and_narrowed(world: World) -> None:
    await change(world, await world.agreed(), "end")
    first = (await call(world, "GET", "/consent/journal?limit=2")).json()
    second = (await call(world, "GET", f"/consent/journal?limit=2&before={first['next']}")).json()
    third = (await call(world, "GET", f"/consent/journal?limit=2&before={second['next']}")).json()
    assert [one["id"] for page in (first, second, third) for one in page["entries"]] == [5, 4, 3, 2, 1]
    assert third["next"] is None
    agreements = (await call(world, "GET", "/consent/journal?kind=agreement&client_id=glucolink")).json()
    assert [one["action"] for one in agreements["entries"]] == ["grant.ended", "grant.agreed", "grant.opened"]


async def test_a_journal_asked_strangely_is_refused(world: World) -> None:
    for query in ("limit=0", "limit=x", "before=-1", "before=²", "before=٣", "kind=all", "limit=9999999999999"):
        assert problem(await call(world, "GET", f"/consent/journal?{query}")) == (400, "invalid_request"), query


async def test_a_page_of_the_journal_has_a_limit(world: World) -> None:
    assert (await call(world, "GET", "/consent/journal?limit=100000")).status_code == 200


async def test_nobody_reads_the_journal_of_somebody_else(world: World) -> None:
    await world.active_space("per_2")
    await world.agreed(person="per_2")
    entries = (await call(world, "GET", "/consent/journal")).json()["entries"]
    assert [one["action"] for one in entries] == ["space.activated", "space.notified"]


async def test_an_expired_link_says_so_before_any_sweep(world: World) -> None:
    await world.agreed(duration="P1D")
    world.clock.advance(timedelta(days=2))
    (card,) = (await call(world, "GET", "/consent/grants")).json()["grants"]
    assert (card["status"], card["standing"]) == ("active", "expired")
