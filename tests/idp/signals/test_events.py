"""What a stream tells: the right events, about the right people, to the right app, in the act's own transaction."""

from typing import Any

import pytest

from clients import store as clients
from clients.records import Status
from consent import actors, decisions, grants_store
from consent.grants import Because
from idp.sessions import browser as sessions
from idp.sessions import securing
from idp.signals import events
from tests.browser import Browser
from tests.house import Home
from tests.idp.signals.conftest import ALL, Listener, Listens
from tests.party import claims_of, party
from tests.receiver import verified

MEASURES = "openid profile email offline_access measures:read measures:write"
AGREED = {"scope": ["profile", "email"], "consent": ["measures:read"], "duration": "P3M"}


async def signed_out(browser: Browser) -> None:
    page = await browser.get("/logout")
    await browser.submit(page, form=page.form(action="/logout/confirm"))


def only(heard: list[dict[str, Any]]) -> tuple[dict[str, Any], str, dict[str, Any]]:
    """The one token that was heard, its event and what it says."""
    [claims] = heard
    [(kind, said)] = claims["events"].items()
    return claims, kind, said


@pytest.fixture
async def linked(house: Home, listener: Listener) -> tuple[Browser, dict[str, Any]]:
    """Gabrielle signed in to the app; her id token."""
    browser = await house.sign_in("gabrielle")
    held = await party(house).obtain(browser, choices=ALL)
    return browser, claims_of(held["id_token"])


async def test_a_sign_out_is_told_to_the_app_that_took_part(
    house: Home, listener: Listener, linked: tuple[Browser, dict[str, Any]]
) -> None:
    browser, told = linked
    stream = await listener.create()
    await signed_out(browser)
    sets = (await listener.poll(stream))["sets"]
    [(jti, token)] = sets.items()
    header, claims = await verified(house, token)
    assert (header["typ"], header["alg"]) == ("secevent+jwt", "RS256")
    assert claims["jti"] == jti
    assert claims["sub_id"] == {"format": "iss_sub", "iss": house.issuer, "sub": told["sub"]}
    assert (claims["iss"], claims["aud"]) == (house.issuer, "bench")
    assert claims["txn"]
    assert not {"sub", "exp", "nonce"} & claims.keys()
    said = claims["events"].pop(events.SESSION_REVOKED)
    assert claims["events"] == {}
    assert said["initiating_entity"] == "user"
    assert said["event_timestamp"] == int(house.clock.now().timestamp())
    assert said["reason_admin"]["en"]
    assert said["reason_user"]["fr"]


async def test_an_app_that_took_no_part_learns_nothing_of_it(
    house: Home, listener: Listener, listens: Listens, linked: tuple[Browser, dict[str, Any]]
) -> None:
    stranger = await listens("bench2")
    theirs = await stranger.create()
    await signed_out(linked[0])
    assert await stranger.heard(theirs) == []


async def test_who_ended_the_link_is_no_longer_spoken_of(
    house: Home, listener: Listener, linked: tuple[Browser, dict[str, Any]]
) -> None:
    browser, _ = linked
    stream = await listener.create(events_requested=[events.SESSION_REVOKED])
    person, now = house.person("gabrielle")["person_id"], house.clock.now()

    def unit(db: Any) -> None:
        grant = grants_store.between(db, person, "bench")
        assert grant is not None
        decisions.end(db, house.consent, grant, actors.holder(person), now)

    await house.database.work(unit)
    await signed_out(browser)
    assert await listener.heard(stream) == []


async def test_a_lock_is_told_to_every_app_with_a_link(
    house: Home, listener: Listener, linked: tuple[Browser, dict[str, Any]]
) -> None:
    browser, told = linked
    await signed_out(browser)
    stream = await listener.create()
    person, now = house.person("gabrielle")["person_id"], house.clock.now()
    await house.database.work(lambda db: securing.lock(db, house.idp, person, now))
    claims, kind, said = only(await listener.heard(stream))
    assert (kind, said["initiating_entity"]) == (events.SESSION_REVOKED, "policy")
    assert claims["sub_id"]["sub"] == told["sub"]


async def test_another_password_is_told_once_with_one_name_for_the_act_in_each_event(
    house: Home, listener: Listener, linked: tuple[Browser, dict[str, Any]]
) -> None:
    stream = await listener.create()
    person, now = house.person("gabrielle")["person_id"], house.clock.now()
    await house.database.work(lambda db: securing.change_password(db, house.idp, person, "hash", now))
    heard = await listener.heard(stream)
    kinds = [next(iter(one["events"])) for one in heard]
    assert kinds == [events.CREDENTIAL_CHANGE, events.SESSION_REVOKED]
    assert heard[0]["txn"] == heard[1]["txn"]
    said = heard[0]["events"][events.CREDENTIAL_CHANGE]
    assert (said["credential_type"], said["change_type"]) == ("password", "update")
    assert (said["initiating_entity"], bool(said["reason_admin"])) == ("admin", True)


async def test_a_stronger_proof_is_told_and_the_same_one_is_not(
    house: Home, listener: Listener, linked: tuple[Browser, dict[str, Any]]
) -> None:
    browser, told = linked
    stream = await listener.create()
    person, now = house.person("gabrielle")["person_id"], house.clock.now()
    secret = browser.client.cookies["session"]

    def again(db: Any) -> None:
        nonlocal secret
        who = sessions.Visitor(secret, "", "Firefox")
        secret = sessions.begin(db, house.idp, who, person, "eidas2", ("pwd", "otp"), now).secret

    def stronger(db: Any) -> None:
        who = sessions.Visitor(secret, "", "Firefox")
        assert sessions.begin(db, house.idp, who, person, "eidas3", ("pwd", "hwk"), now).session.id == told["sid"]

    await house.database.work(again)
    assert await listener.heard(stream) == []
    await house.database.work(stronger)
    claims, kind, said = only(await listener.heard(stream))
    assert kind == events.ASSURANCE_LEVEL_CHANGE
    assert (said["previous_level"], said["current_level"], said["change_direction"]) == ("eidas2", "eidas3", "increase")
    assert said["namespace"]
    assert claims["sub_id"]["sub"] == told["sub"]


async def test_what_is_agreed_is_told_as_it_changes_to_that_app_alone(
    house: Home, listener: Listener, listens: Listens
) -> None:
    stranger = await listens("bench2")
    stream, theirs = await listener.create(), await stranger.create()
    browser = await house.sign_in("gabrielle")
    held = await party(house).obtain(browser, choices=AGREED, scope=MEASURES)
    _, kind, said = only(await listener.heard(stream))
    assert (kind, said["status"], said["consents"]) == (events.GRANT_CHANGED, "active", ["measures:read"])
    assert said["grant_id"] == held["grant_id"]
    assert said["until"].endswith("Z")

    person, now = house.person("gabrielle")["person_id"], house.clock.now()

    async def act(change: Any, *more: Any) -> None:
        def unit(db: Any) -> None:
            grant = grants_store.find(db, held["grant_id"])
            change(db, house.consent, grant, *more, actors.holder(person), now)

        await house.database.work(unit)

    await act(decisions.pause)
    assert only(await listener.heard(stream))[2]["status"] == "paused"
    await act(decisions.resume)
    assert only(await listener.heard(stream))[2]["status"] == "active"
    await act(decisions.amend, ["measures:write"], None)
    assert only(await listener.heard(stream))[2]["consents"] == ["measures:write"]
    await act(decisions.end)
    claims, kind, said = only(await listener.heard(stream))
    assert (kind, said["because"], said["initiating_entity"]) == (events.GRANT_REVOKED, Because.WITHDRAWN, "user")
    assert claims["sub_id"]["format"] == "iss_sub"
    assert await stranger.heard(theirs) == []


async def test_what_did_not_happen_is_not_told(
    house: Home, listener: Listener, linked: tuple[Browser, dict[str, Any]]
) -> None:
    stream = await listener.create()
    person, now = house.person("gabrielle")["person_id"], house.clock.now()

    def unit(db: Any) -> None:
        securing.lock(db, house.idp, person, now)
        raise RuntimeError("the power goes")

    with pytest.raises(RuntimeError):
        await house.database.work(unit)
    assert await listener.heard(stream) == []


async def test_only_what_was_asked_for_is_told(
    house: Home, listener: Listener, linked: tuple[Browser, dict[str, Any]]
) -> None:
    stream = await listener.create(events_requested=[events.GRANT_REVOKED])
    await signed_out(linked[0])
    assert await listener.heard(stream) == []


@pytest.mark.parametrize("named", ["iss_sub", "email", "opaque", "complex"])
async def test_nothing_is_told_of_a_subject_that_was_removed_until_it_is_added_again(
    house: Home, listener: Listener, linked: tuple[Browser, dict[str, Any]], named: str
) -> None:
    browser, told = linked
    stream = await listener.create()
    plain = {"format": "iss_sub", "iss": house.issuer, "sub": told["sub"]}
    subject = {
        "iss_sub": plain,
        "email": {"format": "email", "email": house.person("gabrielle")["email"].upper()},
        "opaque": {"format": "opaque", "id": told["sub"]},
        "complex": {"format": "complex", "user": plain},
    }[named]
    said = {"stream_id": stream["stream_id"], "subject": subject}
    person, now = house.person("gabrielle")["person_id"], house.clock.now()
    assert (await listener.call("POST", "/ssf/subjects/remove", said)).status_code == 204
    await signed_out(browser)
    assert await listener.heard(stream) == []
    assert (await listener.call("POST", "/ssf/subjects/add", said)).status_code == 200
    await house.database.work(lambda db: securing.lock(db, house.idp, person, now))
    assert len(await listener.heard(stream)) == 1


@pytest.mark.parametrize("form", ["email", "opaque", "complex"])
async def test_people_are_named_as_the_stream_wants(
    house: Home, listener: Listener, linked: tuple[Browser, dict[str, Any]], form: str
) -> None:
    browser, told = linked
    stream = await listener.create(format=form)
    await signed_out(browser)
    claims, _, _ = only(await listener.heard(stream))
    plain = {"format": "iss_sub", "iss": house.issuer, "sub": told["sub"]}
    session = {"format": "opaque", "id": told["sid"]}
    wanted: dict[str, Any] = {
        "email": {"format": "email", "email": house.person("gabrielle")["email"]},
        "opaque": {"format": "opaque", "id": told["sub"]},
        "complex": {"format": "complex", "user": plain, "session": session},
    }
    assert claims["sub_id"] == wanted[form]


async def test_an_e_mail_address_is_told_only_to_an_app_that_was_given_it(house: Home, listener: Listener) -> None:
    browser = await house.sign_in("gabrielle")
    await party(house).obtain(browser, scope="openid")
    stream = await listener.create(format="email")
    await signed_out(browser)
    claims, _, _ = only(await listener.heard(stream))
    assert claims["sub_id"]["format"] == "iss_sub"


async def test_a_paused_stream_keeps_what_happens_and_a_disabled_one_forgets_it(
    house: Home, listener: Listener, linked: tuple[Browser, dict[str, Any]]
) -> None:
    stream = await listener.create()
    which = {"stream_id": stream["stream_id"]}
    await listener.call("POST", "/ssf/status", {**which, "status": "paused"})
    await listener.call("POST", "/ssf/verify", {**which, "state": "one"})
    await signed_out(linked[0])
    assert (await listener.poll(stream))["sets"] == {}
    await listener.call("POST", "/ssf/status", {**which, "status": "enabled"})
    kinds = [next(iter(one["events"])) for one in await listener.heard(stream)]
    assert kinds == [events.VERIFICATION, events.SESSION_REVOKED]

    await listener.call("POST", "/ssf/status", {**which, "status": "disabled"})
    house.clock.advance(house.idp.settings.signals_verification_every)
    assert (await listener.call("POST", "/ssf/verify", {**which, "state": "two"})).status_code == 204
    assert (await listener.poll(stream))["sets"] == {}
    await listener.call("POST", "/ssf/status", {**which, "status": "enabled"})
    assert await listener.heard(stream) == []


async def test_an_app_that_is_gone_is_told_nothing(
    house: Home, listener: Listener, linked: tuple[Browser, dict[str, Any]]
) -> None:
    stream = await listener.create()

    async def become(status: Status) -> None:
        await house.database.work(lambda db: clients.set_status(db, "bench", status, house.clock.now()))
        house.house.clients.forget("bench")

    await become(Status.SUSPENDED)
    await signed_out(linked[0])
    await become(Status.REFERENCED)
    assert await listener.heard(stream) == []
