"""Push delivery (RFC 8935): in order, one at a time, until the receiver has them all; paused when it never answers."""

import asyncio
from datetime import timedelta
from typing import Any

from idp.signals import emit, events, queue, streams
from kit import outbox
from tests.house import Home
from tests.idp.signals.conftest import POLL, PUSH, Listener
from tests.receiver import Receiver, receiving, verified

HEADER = "Bearer push-1"


async def pushed_to(listener: Listener, receiver: Receiver, **said: Any) -> dict[str, Any]:
    """A stream that is pushed to that receiver."""
    delivery = {"method": PUSH, "endpoint_url": receiver.url, "authorization_header": HEADER}
    return await listener.create(delivery=delivery, **said)


async def verify(listener: Listener, stream: dict[str, Any], *states: str) -> None:
    for state in states:
        listener.home.clock.advance(timedelta(seconds=2))
        said = {"stream_id": stream["stream_id"], "state": state}
        assert (await listener.call("POST", "/ssf/verify", said)).status_code == 204


async def states(home: Home, receiver: Receiver) -> list[str]:
    """The states of the verification events that it was sent, in order."""
    claims = [(await verified(home, body))[1] for body in receiver.bodies]
    return [one["events"][events.VERIFICATION]["state"] for one in claims]


async def waiting(home: Home, stream: dict[str, Any]) -> int:
    return await home.database.read(lambda db: queue.count(db, stream["stream_id"], home.clock.now()))


async def status(listener: Listener, stream: dict[str, Any]) -> dict[str, Any]:
    answer = await listener.call("GET", "/ssf/status", stream_id=stream["stream_id"])
    found: dict[str, Any] = answer.json()
    return found


async def renewed(listener: Listener) -> None:
    """A fresh token: the clock went on."""
    held = await listener.app.token(grant_type="client_credentials", scope="ssf.manage")
    listener.token = held["access_token"]


async def test_an_event_is_pushed_as_the_receiver_wants(house: Home, listener: Listener) -> None:
    async with receiving("202 Accepted") as receiver:
        stream = await pushed_to(listener, receiver)
        await verify(listener, stream, "one")
        await house.ground.outbox.drain()
        [head] = receiver.heads
        assert head.startswith("POST /x ")
        assert "\r\ncontent-type: application/secevent+jwt" in head
        assert "\r\naccept: application/json" in head
        assert f"\r\nauthorization: {HEADER}" in head
        header, claims = await verified(house, receiver.bodies[0])
        assert (header["typ"], header["alg"]) == ("secevent+jwt", "RS256")
        assert claims["sub_id"] == {"format": "opaque", "id": stream["stream_id"]}
        assert await waiting(house, stream) == 0
        await house.ground.outbox.drain()
        assert len(receiver.heads) == 1


async def test_without_a_header_of_the_receivers_none_is_sent(house: Home, listener: Listener) -> None:
    async with receiving("202 Accepted") as receiver:
        stream = await listener.create(delivery={"method": PUSH, "endpoint_url": receiver.url})
        await verify(listener, stream, "one")
        await house.ground.outbox.drain()
        assert "authorization" not in receiver.heads[0].lower()


async def test_events_arrive_in_their_order_even_when_many_deliver_at_once(house: Home, listener: Listener) -> None:
    async with receiving("202 Accepted") as receiver:
        stream = await pushed_to(listener, receiver)
        wanted = [str(number) for number in range(12)]
        await verify(listener, stream, *wanted)
        await asyncio.gather(*(house.ground.outbox.drain() for _ in range(4)))
        assert await states(house, receiver) == wanted


async def test_a_receiver_that_is_away_gets_everything_in_order_when_it_is_back(
    house: Home, listener: Listener
) -> None:
    async with receiving("503 Service Unavailable", "500 Internal Server Error", "202 Accepted") as receiver:
        stream = await pushed_to(listener, receiver)
        await verify(listener, stream, "a", "b")
        await house.ground.outbox.drain()
        assert await states(house, receiver) == ["a"], "nothing overtakes the first one"
        await verify(listener, stream, "c")
        await house.ground.outbox.drain()
        assert len(receiver.heads) == 1, "not before its time"
        for _ in range(2):
            house.clock.advance(timedelta(seconds=25))
            await house.ground.outbox.drain()
        assert await states(house, receiver) == ["a", "a", "a", "b", "c"]
        jti = {(await verified(house, body))[1]["jti"] for body in receiver.bodies[:3]}
        assert len(jti) == 1, "the same event is told again under the same name"
        assert await waiting(house, stream) == 0


async def test_an_event_that_can_never_be_accepted_does_not_hold_up_the_others(house: Home, listener: Listener) -> None:
    refused = ("400 Bad Request", b'{"err": "invalid_audience", "description": "not for us"}')
    async with receiving(refused, "202 Accepted") as receiver:
        stream = await pushed_to(listener, receiver)
        await verify(listener, stream, "a", "b")
        await house.ground.outbox.drain()
        assert await states(house, receiver) == ["a", "b"]
        assert await waiting(house, stream) == 0


async def test_a_receiver_that_never_accepts_is_left_alone_until_it_says_so(house: Home, listener: Listener) -> None:
    async with receiving(("400 Bad Request", b'{"err": "authentication_failed"}')) as receiver:
        stream = await pushed_to(listener, receiver)
        await verify(listener, stream, "a")
        for _ in range(15):
            await house.ground.outbox.drain()
            house.clock.advance(timedelta(hours=7))
        assert len(receiver.heads) == 13, "twelve times the event, once that the stream is paused"
        await renewed(listener)
        said = await status(listener, stream)
        assert said["status"] == "paused"
        assert said["reason"]
        assert await house.database.read(lambda db: outbox.undone(db, dead=False)) == []
        assert (await house.ground.outbox.dead()) == 0
        receiver.answer("202 Accepted")
        enabled = {"stream_id": stream["stream_id"], "status": "enabled"}
        assert (await listener.call("POST", "/ssf/status", enabled)).status_code == 200
        await house.ground.outbox.drain()
        told = [(await verified(house, body))[1]["events"] for body in receiver.bodies[13:]]
        assert [next(iter(one)) for one in told] == [events.VERIFICATION, events.STREAM_UPDATED]
        assert told[1][events.STREAM_UPDATED]["status"] == "paused"


async def test_a_paused_stream_is_not_pushed_to_and_goes_on_where_it_stopped(house: Home, listener: Listener) -> None:
    async with receiving("202 Accepted") as receiver:
        stream = await pushed_to(listener, receiver)
        which = {"stream_id": stream["stream_id"]}
        await verify(listener, stream, "a")
        await listener.call("POST", "/ssf/status", {**which, "status": "paused"})
        await verify(listener, stream, "b")
        await house.ground.outbox.drain()
        assert receiver.heads == []
        await listener.call("POST", "/ssf/status", {**which, "status": "enabled"})
        await house.ground.outbox.drain()
        assert await states(house, receiver) == ["a", "b"]


async def test_what_waits_goes_where_the_receiver_wants_it_from_now_on(house: Home, listener: Listener) -> None:
    async with receiving("503 Service Unavailable") as away, receiving("202 Accepted") as here:
        stream = await pushed_to(listener, away)
        await verify(listener, stream, "a")
        await house.ground.outbox.drain()
        assert len(away.heads) == 1
        delivery = {"method": PUSH, "endpoint_url": here.url}
        said = {"stream_id": stream["stream_id"], "delivery": delivery}
        assert (await listener.call("PATCH", "/ssf/stream", said)).status_code == 200
        await house.ground.outbox.drain()
        assert await states(house, here) == ["a"]
        assert HEADER not in here.heads[0]
        polled = await listener.call("PATCH", "/ssf/stream", {**said, "delivery": {"method": POLL}})
        await verify(listener, polled.json(), "b")
        await house.ground.outbox.drain()
        assert len(here.heads) == 1
        assert len((await listener.poll(polled.json()))["sets"]) == 1


async def test_a_delivery_left_by_a_process_that_died_is_taken_up_within_its_claim(
    house: Home, listener: Listener
) -> None:
    async with receiving("202 Accepted") as receiver:
        stream = await pushed_to(listener, receiver)
        await verify(listener, stream, "a", "b")

        def killed(db: Any) -> None:  # as a process leaves it that dies with the deliveries and the stream in its hands
            until = house.clock.now() + outbox.CLAIM
            db.execute(outbox.table.update().values(claimed_until=until, attempts=1))
            assert streams.lease(db, stream["stream_id"], "psh_dead", until, house.clock.now())

        await house.database.work(killed)
        await house.ground.outbox.drain()
        assert receiver.heads == []
        house.clock.advance(outbox.CLAIM + timedelta(milliseconds=1))
        await house.ground.outbox.drain()
        assert await states(house, receiver) == ["a", "b"]


async def test_a_stream_deleted_meanwhile_is_pushed_to_no_more(house: Home, listener: Listener) -> None:
    async with receiving("202 Accepted") as receiver:
        stream = await pushed_to(listener, receiver)
        await verify(listener, stream, "a")
        await listener.call("DELETE", "/ssf/stream", stream_id=stream["stream_id"])
        await house.ground.outbox.drain()
        assert receiver.heads == []


async def test_a_receiver_is_told_that_the_house_holds_its_stream(house: Home, listener: Listener) -> None:
    async with receiving("202 Accepted") as receiver:
        stream = await pushed_to(listener, receiver)
        await verify(listener, stream, "held")

        def hold(db: Any) -> None:
            found = streams.find(db, stream["stream_id"])
            assert found is not None
            emit.stop(db, house.idp, found, streams.Status.PAUSED, "maintenance", house.clock.now())

        await house.database.work(hold)
        await house.ground.outbox.drain()
        [body] = receiver.bodies
        said = (await verified(house, body))[1]
        assert said["events"] == {events.STREAM_UPDATED: {"status": "paused", "reason": "maintenance"}}
        assert said["sub_id"] == {"format": "opaque", "id": stream["stream_id"]}
        assert await waiting(house, stream) == 1
