"""The app's side: tokens first, then the pairing, then the person's consents."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from sqlalchemy import Connection, select

from clients.records import Status
from consent import decisions, grants_store, pairings
from consent.actors import holder
from consent.grants import Grant
from consent.tables import grants
from tests.consent.world import BACK, GABRIELLE, ISSUER, PORTAL, PORTAL_SCOPE, World, glucolink

BODY = {"redirect_uri": BACK, "state": "s1"}


async def pair(world: World, grant: Grant | None, body: Any = None, **more: Any) -> httpx2.Response:
    async with world.caller(world.token(grant, **more)) as caller:
        return await caller.post("/pairings", json=BODY if body is None else body)


def problem(response: httpx2.Response) -> tuple[int, str]:
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["code"] == response.json()["error"]
    return response.status_code, response.json()["code"]


@pytest.mark.rule("R158")
@pytest.mark.rule("R160")
async def test_a_pairing_leads_to_the_page_of_the_consents(world: World) -> None:
    grant = await world.opened()
    made = await pair(world, grant)
    card = made.json()
    assert made.status_code == 201
    assert (card["grant_id"], card["status"], card["consents"], card["until"]) == (grant.id, "pending", [], None)
    assert card["consents_uri"] == f"{ISSUER}/pairings/{card['pairing_id']}/consents"
    assert made.headers["location"] == f"{ISSUER}/pairings/{card['pairing_id']}"
    assert made.headers["cache-control"] == "no-store"
    kept = await world.work(lambda db: grants_store.by_pairing(db, card["pairing_id"]))
    assert kept is not None
    assert (kept.id, kept.return_uri, kept.app_state) == (grant.id, BACK, "s1")
    assert (await world.actions())[-1] == "pairing.created"


@pytest.mark.rule("R159")
async def test_no_pairing_before_the_tokens_exist(world: World) -> None:
    await world.opened()
    async with world.caller() as caller:
        nothing = await caller.post("/pairings", json=BODY)
    assert problem(nothing) == (401, "token_missing")
    assert nothing.headers["www-authenticate"].startswith("Bearer")
    async with world.caller("at_made_up") as caller:
        made_up = await caller.post("/pairings", json=BODY)
    assert problem(made_up) == (401, "invalid_token")


@pytest.mark.rule("R159")
async def test_a_token_without_a_grant_cannot_pair(world: World) -> None:
    assert problem(await pair(world, None)) == (403, "grant_required")


@pytest.mark.rule("R160")
async def test_the_person_only_goes_back_to_a_registered_address(world: World) -> None:
    grant = await world.opened()
    elsewhere = "https://evil.example/retour"
    for uri in (BACK + "/", BACK + "?x=1", BACK.upper(), elsewhere, "javascript:alert(1)", "//x", " " + BACK):
        assert problem(await pair(world, grant, {"redirect_uri": uri})) == (400, "invalid_redirect_uri")
    assert "pairing.created" not in await world.actions()


async def test_a_second_call_finds_the_pairing_and_may_change_the_way_back(world: World) -> None:
    await world.change_client(glucolink(redirect_uris=(BACK, BACK + "2")))
    grant = await world.opened()
    first = await pair(world, grant)
    again = await pair(world, grant, {"redirect_uri": BACK + "2", "state": "s2"})
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["pairing_id"] == again.json()["pairing_id"]
    kept = await world.work(lambda db: grants_store.find(db, grant.id))
    assert kept is not None
    assert (kept.return_uri, kept.app_state, kept.version) == (BACK + "2", "s2", grant.version)
    assert (await world.actions()).count("pairing.created") == 1


async def test_many_who_pair_at_once_make_one_pairing(world: World) -> None:
    grant = await world.opened()
    made = await asyncio.gather(*(pair(world, grant) for _ in range(20)))
    assert sorted(one.status_code for one in made) == [200] * 19 + [201]
    assert len({one.json()["pairing_id"] for one in made}) == 1


async def test_too_many_calls_are_told_to_wait(world: World) -> None:
    grant = await world.opened()
    statuses = [(await pair(world, grant)).status_code for _ in range(31)]
    assert (statuses[0], statuses[29], statuses[30]) == (201, 200, 429)


async def test_a_form_is_understood_too(world: World) -> None:
    grant = await world.opened()
    async with world.caller(world.token(grant)) as caller:
        made = await caller.post("/pairings", data=BODY)
    assert made.status_code == 201


async def test_what_the_app_says_of_its_patient_is_kept_sealed(world: World) -> None:
    grant = await world.opened()
    await pair(world, grant, {**BODY, "patient_reference": "gluco-4711"})
    raw = await world.work(lambda db: db.execute(select(grants.c.patient_reference)).scalar())
    assert raw is not None
    assert b"4711" not in raw
    vault = world.ground.vault
    assert await world.work(lambda db: pairings.patient_reference(db, vault, grant)) == "gluco-4711"


async def test_without_a_reference_there_is_none(world: World) -> None:
    grant = await world.opened()
    assert await world.work(lambda db: pairings.patient_reference(db, world.ground.vault, grant)) == ""


STRANGE: tuple[Any, ...] = (
    {},
    {"redirect_uri": ["x"]},
    {**BODY, "state": "x" * 1001},
    {**BODY, "state": 7},
    {**BODY, "state": "a\nb"},
    {**BODY, "patient_reference": "x" * 201},
    {**BODY, "surprise": "x"},
    ["x"],
    "x",
)


async def test_a_body_that_is_not_as_documented_is_refused(world: World) -> None:
    grant = await world.opened()
    for body in STRANGE:
        assert problem(await pair(world, grant, body)) == (400, "invalid_request"), body


async def test_a_body_that_cannot_be_read_is_refused(world: World) -> None:
    form = "application/x-www-form-urlencoded"
    async with world.caller(world.token(await world.opened())) as caller:
        for content, kind, expected in (
            (b"{", "application/json", (400, "invalid_request")),
            (b"\xff", "application/json", (400, "invalid_request")),
            (b"{}", "text/plain", (415, "unsupported_media_type")),
            (b"state=a&state=b", form, (400, "invalid_request")),
            (b"state=%00", form, (400, "invalid_request")),
            (b"x" * 70_000, "application/json", (413, "invalid_request")),
        ):
            said = await caller.post("/pairings", content=content, headers={"content-type": kind})
            assert problem(said) == expected, content[:20]


async def test_the_app_reads_how_its_pairing_stands(world: World) -> None:
    grant = await world.opened()
    uri = (await pair(world, grant)).headers["location"]
    agreed = await world.agreed("measures:write", duration="P1D")
    token = world.token(grant)

    async def card() -> Any:
        async with world.caller(token) as caller:
            return (await caller.get(uri)).json()

    now = await card()
    assert (now["status"], now["consents"], now["until"]) == ("active", ["measures:write"], "2026-03-03T09:00:00Z")
    by = holder(GABRIELLE)
    await world.work(lambda db: decisions.pause(db, world.scene, agreed, by, world.now))
    assert (await card())["status"] == "paused"
    world.clock.advance(timedelta(hours=24))
    token = world.token(grant)
    assert (await card())["status"] == "expired"


async def test_the_app_lets_go_and_letting_go_twice_is_nothing(world: World) -> None:
    grant = await world.agreed()
    uri = (await pair(world, grant)).headers["location"]
    async with world.caller(world.token(grant)) as caller:
        assert (await caller.delete(uri)).status_code == 204
        assert (await caller.delete(uri)).status_code == 204
        card = (await caller.get(uri)).json()
        assert (card["status"], card["ended_because"], card["consents_uri"]) == ("ended", "app_unpaired", None)
        assert problem(await caller.post("/pairings", json=BODY)) == (403, "consent_ended")
    last = (await world.lines())[-1].entry
    assert (last.action, last.actor_kind, last.because) == ("grant.ended", "app", "app_unpaired")


async def test_an_app_sees_no_pairing_but_its_own(world: World) -> None:
    await world.active_space("per_2")
    mine, other = await world.opened(), await world.opened(person="per_2")
    await pair(world, mine)
    uri = (await pair(world, other)).headers["location"]
    async with world.caller(world.token(mine)) as caller:
        assert problem(await caller.get(uri)) == (404, "pairing_unknown")
        assert problem(await caller.delete(uri)) == (404, "pairing_unknown")
    async with world.caller(world.token(other)) as caller:
        assert (await caller.get(uri)).json()["status"] == "pending"


@pytest.mark.rule("R154")
async def test_an_app_that_is_not_referenced_cannot_pair(world: World) -> None:
    grant = await world.opened()
    await world.change_client(glucolink(status=Status.LISTED))
    assert problem(await pair(world, grant)) == (403, "client_suspended")


async def test_a_paused_or_expired_link_cannot_be_paired(world: World) -> None:
    grant = await world.agreed(duration="P1D")

    def unit(db: Connection) -> Grant:
        return decisions.pause(db, world.scene, grant, holder(GABRIELLE), world.now)

    await world.work(unit)
    assert problem(await pair(world, grant)) == (403, "consent_paused")
    world.clock.advance(timedelta(days=1))
    assert problem(await pair(world, grant)) == (403, "consent_expired")


async def test_a_portal_of_ours_cannot_be_paired(world: World) -> None:
    own = await world.opened(PORTAL, PORTAL_SCOPE)
    assert problem(await pair(world, own)) == (403, "own_only")


async def test_a_token_is_only_good_for_its_own_client(world: World) -> None:
    grant = await world.opened()
    assert problem(await pair(world, grant, client_id="portal")) == (403, "grant_mismatch")
