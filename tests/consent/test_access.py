"""The door of the resource servers: each call is decided on what is true now, and leaves one line."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, event

from clients.records import Status
from consent import days, decisions, policy
from consent.access import Permit, Trace, refused
from consent.actors import holder
from consent.question import Wish
from consent.scopes import VITAL_SIGNS
from consent.verdicts import StepUp
from kit.guard import AccessClaims
from kit.problems import Refusal
from tests.consent.world import GABRIELLE, PORTAL, PORTAL_SCOPE, World, build, glucolink

BY = holder(GABRIELLE)
ADD = Wish("Observation", "c", "measures")
READ = Wish("Observation", "s", "measures")


async def decide(world: World, claims: AccessClaims, wish: Any = ADD) -> Permit:
    return await world.work(lambda db: world.scene.access.decide(db, claims, wish, world.now))


async def refusal(world: World, claims: AccessClaims, wish: Any = ADD) -> str:
    with pytest.raises(Refusal) as said:
        await decide(world, claims, wish)
    assert said.value.status == 403
    return said.value.code


async def test_a_permit_says_whose_space_by_whom_and_within_what(world: World) -> None:
    grant = await world.agreed()
    permit = await decide(world, world.claims(grant))
    assert permit == Permit(
        person_id=GABRIELLE,
        client_id="glucolink",
        client_name="GlucoLink",
        grant_id=grant.id,
        patient=GABRIELLE,
        filters=(VITAL_SIGNS,),
        acting="app",
    )
    assert (await decide(world, world.claims(grant, patient="pat_1"))).patient == "pat_1"


async def test_the_person_acts_by_themselves_through_their_portal(world: World) -> None:
    own = await world.opened(PORTAL, PORTAL_SCOPE)
    permit = await decide(world, world.claims(own), READ)
    assert (permit.acting, permit.filters) == ("person", ())


async def test_every_change_bites_at_the_very_next_call_with_the_same_token(world: World) -> None:
    grant = await world.agreed()
    claims = world.claims(grant)
    await decide(world, claims)
    await decide(world, claims, READ)
    scene, now = world.scene, world.now
    grant = await world.work(lambda db: decisions.amend(db, scene, grant, ["measures:write"], None, BY, now))
    assert await refusal(world, claims, READ) == "consent_missing"
    await decide(world, claims)
    grant = await world.work(lambda db: decisions.pause(db, scene, grant, BY, now))
    assert await refusal(world, claims) == "consent_paused"
    grant = await world.work(lambda db: decisions.resume(db, scene, grant, BY, now))
    await decide(world, claims)
    await world.work(lambda db: decisions.end(db, scene, grant, BY, now))
    assert await refusal(world, claims) == "consent_ended"


async def test_the_end_of_the_period_needs_no_sweep(world: World) -> None:
    grant = await world.agreed(duration="P1D")
    claims = world.claims(grant)
    world.clock.advance(timedelta(hours=24))
    assert await refusal(world, claims) == "consent_expired"


@pytest.mark.rule("R154")
async def test_a_suspended_app_is_refused_at_the_next_call(world: World) -> None:
    grant = await world.agreed()
    await decide(world, world.claims(grant))
    await world.change_client(glucolink(status=Status.SUSPENDED))
    assert await refusal(world, world.claims(grant)) == "client_suspended"


@pytest.mark.rule("R158")
async def test_before_the_consents_the_word_is_pairing_required(world: World) -> None:
    assert await refusal(world, world.claims(await world.opened())) == "pairing_required"


async def test_a_token_without_or_with_an_unknown_grant_is_refused(world: World) -> None:
    assert await refusal(world, world.claims(None)) == "grant_required"
    assert await refusal(world, world.claims(None, grant_id="grt_unknown")) == "grant_required"
    grant = await world.agreed()
    assert await refusal(world, world.claims(grant, client_id="portal")) == "grant_mismatch"


async def test_what_the_token_lacks_is_said_the_standard_way(world: World) -> None:
    grant = await world.agreed()
    with pytest.raises(Refusal) as said:
        await decide(world, world.claims(grant, scope=frozenset({"openid"})))
    assert said.value.code == "insufficient_scope"
    assert said.value.headers["www-authenticate"].endswith('error="insufficient_scope", scope="patient/Observation.c"')


def test_a_stronger_proof_is_asked_the_standard_way() -> None:
    said = refused(StepUp("eidas2", "old"))
    assert (said.status, said.code) == (401, "insufficient_user_authentication")
    assert 'acr_values="eidas2"' in said.headers["www-authenticate"]


async def test_a_session_or_family_that_ended_refuses_first(bare: World) -> None:
    def liveness(db: Connection, claims: AccessClaims, now: datetime) -> None:
        if claims.family_id == "fam_dead":
            raise Refusal("invalid_token", "the access token is not valid", status=401)

    world = build(bare.ground, bare.clock, liveness)
    await world.add_client(glucolink())
    await world.active_space()
    grant = await world.agreed()
    await decide(world, world.claims(grant))
    with pytest.raises(Refusal, match="invalid_token"):
        await decide(world, world.claims(grant, family_id="fam_dead"))


async def test_a_decision_costs_one_read(world: World) -> None:
    grant = await world.agreed()
    claims = world.claims(grant)
    await decide(world, claims)
    seen: list[str] = []
    engine = world.ground.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", lambda c, cur, statement, *rest: seen.append(statement))
    await decide(world, claims)
    assert len([statement for statement in seen if statement.startswith("SELECT")]) == 1


@pytest.mark.rule("R105")
@pytest.mark.rule("R106")
@pytest.mark.rule("R161")
async def test_each_call_leaves_one_line_with_when_who_what_and_where_from(world: World) -> None:
    grant = await world.agreed()
    claims = world.claims(grant)
    permit = await decide(world, claims)
    trace = Trace("create", "Observation", ("o1", "o2"), 96, address="203.0.113.7", about=("glucose_interstitial",))
    await world.work(lambda db: world.scene.access.record(db, permit, claims, trace, world.now))
    entry = (await world.lines())[-1].entry
    assert entry.at == world.now
    assert (entry.actor_kind, entry.actor_id, entry.actor_name) == ("app", "glucolink", "GlucoLink")
    assert (entry.action, entry.object_kind, entry.object_ids, entry.count) == (
        "create", "Observation/glucose", ("o1", "o2"), 96,
    )  # fmt: skip
    assert (entry.context, entry.outcome, entry.grant_id, entry.client_id) == ("app", "allowed", grant.id, "glucolink")
    assert entry.address_hint == "203.0.113.x"


@pytest.mark.rule("R105")
async def test_a_refused_call_leaves_a_line_too_and_says_why(world: World) -> None:
    grant = await world.agreed()
    await world.work(lambda db: decisions.end(db, world.scene, grant, BY, world.now))
    claims = world.claims(grant)
    trace = Trace("create", "Observation", outcome="refused", because="consent_ended")
    await world.work(lambda db: world.scene.access.record(db, None, claims, trace, world.now))
    entry = (await world.lines())[-1].entry
    assert (entry.outcome, entry.because) == ("refused", "consent_ended/withdrawn")


async def test_a_call_with_a_token_of_nobody_writes_in_no_journal(world: World) -> None:
    grant = await world.agreed()
    before = await world.actions()
    trace = Trace("create", "Observation", outcome="refused", because="grant_required")

    async def call(claims: AccessClaims) -> None:
        await world.work(lambda db: world.scene.access.record(db, None, claims, trace, world.now))

    await call(world.claims(None))
    await call(world.claims(grant, client_id="portal"))
    assert await world.actions() == before


async def test_the_person_who_reads_their_own_data_leaves_a_line_of_theirs(world: World) -> None:
    own = await world.opened(PORTAL, PORTAL_SCOPE)
    claims = world.claims(own)
    permit = await decide(world, claims, READ)
    await world.work(
        lambda db: world.scene.access.record(db, permit, claims, Trace("search", "Observation", count=3), world.now)
    )
    entry = (await world.lines())[-1].entry
    assert (entry.actor_kind, entry.actor_id, entry.context) == ("person", GABRIELLE, "portal")
    assert await world.work(lambda db: days.uses(db, [own.id], world.now.date(), 30)) == {}


async def test_calls_are_counted_by_day_and_shown_over_thirty(world: World) -> None:
    grant = await world.agreed(duration="P12M")
    claims = world.claims(grant)

    async def call(outcome: str = "allowed") -> None:
        trace = Trace("create", "Observation", outcome=outcome)  # type: ignore[arg-type]
        await world.work(lambda db: world.scene.access.record(db, None, claims, trace, world.now))

    async def use() -> days.Use:
        return (await world.work(lambda db: days.uses(db, [grant.id], world.now.date(), 30)))[grant.id]

    for _ in range(3):
        await call()
    last = world.now
    world.clock.advance(timedelta(hours=1))
    await call("refused")
    assert await use() == days.Use(last, 3, 1)
    world.clock.advance(timedelta(days=28))
    await call()
    assert await use() == days.Use(world.now, 4, 1)
    world.clock.advance(timedelta(days=1))
    assert (await use()).calls == 4
    world.clock.advance(timedelta(days=1))
    assert (await use()).calls == 1


async def test_old_counters_are_forgotten_step_by_step(world: World) -> None:
    grant = await world.agreed(duration="P12M")
    for _ in range(5):
        await world.work(lambda db: days.add(db, grant.id, world.now, allowed=True))
        world.clock.advance(timedelta(days=1))
    world.clock.advance(timedelta(days=420))
    assert [await world.work(lambda db: decisions.forget_counters(db, world.scene, world.now, 3)) for _ in "abc"] == [
        3,
        2,
        0,
    ]


async def test_a_refresh_is_refused_with_the_same_words(world: World) -> None:
    grant = await world.agreed("measures:read")
    claims = world.claims(grant)

    def unit(db: Connection) -> object:
        return world.scene.access.grant(db, claims, policy.REFRESH, world.now)[0]

    assert await world.work(unit) == grant
    await world.work(lambda db: decisions.pause(db, world.scene, grant, BY, world.now))
    with pytest.raises(Refusal, match="consent_paused"):
        await world.work(unit)
