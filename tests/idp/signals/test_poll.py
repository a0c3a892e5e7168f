"""Poll delivery (RFC 8936): offered until acknowledged, acknowledged once and for all, by its own receiver only."""

import asyncio
import time
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace as with_settings

from idp.signals import emit, events, streams
from tests.house import Home
from tests.idp.signals.conftest import Listener, Listens
from tests.receiver import verified


async def verify(listener: Listener, stream: dict[str, Any], state: str | None = None) -> None:
    """Ask for a verification event, as soon as one may."""
    listener.home.clock.advance(timedelta(seconds=2))
    said = {"stream_id": stream["stream_id"]} | ({"state": state} if state is not None else {})
    answer = await listener.call("POST", "/ssf/verify", said)
    assert answer.status_code == 204, answer.text


def patient(home: Home, seconds: float) -> None:
    """Let a poll wait for that long."""
    settings = with_settings(home.idp.settings, signals_poll_wait=timedelta(seconds=seconds))
    object.__setattr__(home.house.idp, "settings", settings)


async def test_a_verification_event_says_the_state_and_names_the_stream(listener: Listener) -> None:
    stream = await listener.create(events_requested=[])
    await verify(listener, stream, "VGhpcyBpcw")
    await verify(listener, stream)
    first, second = await listener.heard(stream)
    assert first["sub_id"] == {"format": "opaque", "id": stream["stream_id"]}
    assert first["events"] == {events.VERIFICATION: {"state": "VGhpcyBpcw"}}
    assert second["events"] == {events.VERIFICATION: {}}
    assert not {"sub", "exp"} & first.keys()


async def test_verification_cannot_be_asked_without_end(listener: Listener) -> None:
    stream = await listener.create()
    said = {"stream_id": stream["stream_id"], "state": "x"}
    assert (await listener.call("POST", "/ssf/verify", said)).status_code == 204
    again = await listener.call("POST", "/ssf/verify", said)
    assert (again.status_code, again.headers["retry-after"]) == (429, "1")


async def test_events_are_offered_in_order_until_they_are_acknowledged(listener: Listener) -> None:
    stream = await listener.create()
    for state in "abcde":
        await verify(listener, stream, state)
    first = await listener.poll(stream, maxEvents=2)
    assert await states(listener, first) == ["a", "b"]
    assert first["moreAvailable"] is True
    again = await listener.poll(stream, maxEvents=2)
    assert again["sets"].keys() == first["sets"].keys()
    rest = await listener.poll(stream, maxEvents=10, ack=list(first["sets"]))
    assert await states(listener, rest) == ["c", "d", "e"]
    assert rest["moreAvailable"] is False
    nothing = await listener.poll(stream, maxEvents=0, ack=list(rest["sets"]))
    assert nothing == {"sets": {}, "moreAvailable": False}
    assert await listener.poll(stream) == {"sets": {}, "moreAvailable": False}


async def test_an_acknowledgement_repeated_or_of_somebody_elses_event_changes_nothing(
    listener: Listener, listens: Listens
) -> None:
    stranger = await listens("bench2")
    stream, theirs = await listener.create(), await stranger.create()
    await verify(listener, stream, "mine")
    await verify(stranger, theirs, "theirs")
    mine = list((await listener.poll(stream))["sets"])
    await listener.poll(stream, maxEvents=0, ack=[*mine, *mine, "set_nothing"])
    await verify(listener, stream, "next")
    await listener.poll(stream, maxEvents=0, ack=mine)
    assert await states(listener, await listener.poll(stream)) == ["next"]
    others = list((await stranger.poll(theirs))["sets"])
    await listener.poll(stream, maxEvents=0, ack=others)
    await listener.poll(stream, maxEvents=0, setErrs={others[0]: {"err": "invalid_key", "description": "no"}})
    assert list((await stranger.poll(theirs))["sets"]) == others
    path = theirs["delivery"]["endpoint_url"].removeprefix(listener.home.issuer)
    assert (await listener.call("POST", path, {"returnImmediately": True, "ack": others})).status_code == 404
    assert list((await stranger.poll(theirs))["sets"]) == others


async def test_an_event_that_the_receiver_cannot_use_is_not_offered_again(listener: Listener) -> None:
    stream = await listener.create()
    await verify(listener, stream, "bad")
    await verify(listener, stream, "good")
    [bad, _] = (await listener.poll(stream))["sets"]
    answer = await listener.poll(stream, maxEvents=0, setErrs={bad: {"err": "invalid_request", "description": "no"}})
    assert answer["sets"] == {}
    assert await states(listener, await listener.poll(stream)) == ["good"]


async def test_a_poll_waits_for_an_event(listener: Listener) -> None:
    patient(listener.home, 5)
    stream = await listener.create()
    began = time.perf_counter()
    waiting = asyncio.ensure_future(listener.poll(stream, returnImmediately=False))
    await asyncio.sleep(0.2)
    assert not waiting.done()
    await verify(listener, stream, "late")
    assert await states(listener, await waiting) == ["late"]
    assert time.perf_counter() - began < 4


async def test_one_poll_waits_at_a_time_and_a_second_one_is_answered_at_once(listener: Listener) -> None:
    patient(listener.home, 5)
    stream = await listener.create()
    waiting = asyncio.ensure_future(listener.poll(stream, returnImmediately=False))
    await asyncio.sleep(0.2)
    began = time.perf_counter()
    assert (await listener.poll(stream, returnImmediately=False))["sets"] == {}
    assert time.perf_counter() - began < 1
    await verify(listener, stream, "x")
    assert await states(listener, await waiting) == ["x"]
    waiting = asyncio.ensure_future(listener.poll(stream, maxEvents=1, returnImmediately=False))
    assert len((await waiting)["sets"]) == 1


async def test_a_poll_waits_no_longer_than_it_may(listener: Listener) -> None:
    patient(listener.home, 0.3)
    stream = await listener.create()
    path = stream["delivery"]["endpoint_url"].removeprefix(listener.home.issuer)
    answer = await listener.call("POST", path, {})
    assert answer.json() == {"sets": {}, "moreAvailable": False}


@pytest.mark.parametrize(
    "said",
    [
        {"maxEvents": -1},
        {"maxEvents": "3"},
        {"maxEvents": True},
        {"returnImmediately": "yes"},
        {"ack": "all"},
        {"ack": [1]},
        {"setErrs": []},
        {"setErrs": {"x": "y"}},
        {"ack": ["x"] * 1001},
    ],
)
async def test_a_poll_that_is_badly_written_is_refused(listener: Listener, said: dict[str, Any]) -> None:
    stream = await listener.create()
    path = stream["delivery"]["endpoint_url"].removeprefix(listener.home.issuer)
    assert (await listener.call("POST", path, {"returnImmediately": True, **said})).status_code == 400


async def test_an_event_nobody_fetched_is_forgotten_in_the_end(listener: Listener) -> None:
    stream = await listener.create()
    await verify(listener, stream, "old")
    listener.home.clock.advance(timedelta(days=7, seconds=1))
    held = await listener.app.token(grant_type="client_credentials", scope="ssf.manage")
    listener.token = held["access_token"]
    assert (await listener.poll(stream))["sets"] == {}


async def states(listener: Listener, polled: dict[str, Any]) -> list[str]:
    """The states of verification events, in the order of the answer."""
    claims = [(await verified(listener.home, token))[1] for token in polled["sets"].values()]
    return [one["events"][events.VERIFICATION]["state"] for one in claims]


async def test_a_receiver_that_polls_is_told_that_the_house_holds_its_stream(house: Home, listener: Listener) -> None:
    stream = await listener.create()
    await verify(listener, stream, "held")

    def hold(db: Any) -> None:
        found = streams.find(db, stream["stream_id"])
        assert found is not None
        emit.stop(db, house.idp, found, streams.Status.DISABLED, "maintenance", house.clock.now())

    await house.database.work(hold)
    [said] = await listener.heard(stream)
    assert said["events"] == {events.STREAM_UPDATED: {"status": "disabled", "reason": "maintenance"}}
    assert (await listener.poll(stream))["sets"] == {}
    enabled = {"stream_id": stream["stream_id"], "status": "enabled"}
    assert (await listener.call("POST", "/ssf/status", enabled)).status_code == 200
    assert (await listener.poll(stream))["sets"] == {}, "a disabled stream holds nothing"
