"""Poll delivery (RFC 8936): the receiver fetches, and says what it has; until then it is offered again."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response

from clients.records import Client
from idp.scene import Scene
from idp.signals import access, queue, streams, tokens
from idp.signals.queue import Signal
from idp.signals.streams import Method, Status
from kit.http import json_response
from kit.problems import Refusal
from kit.telemetry import events, log

_MOST_AT_ONCE = 100
_MOST_NAMED = 1_000
_LOOK_EVERY = 0.5
"""Seconds between two looks while a receiver waits: events come from other processes too."""


@dataclass(frozen=True, slots=True)
class Poll:
    """What a receiver says (§2.2)."""

    most: int
    at_once: bool
    received: tuple[str, ...]
    refused: Mapping[str, str]
    """Events that it cannot use, each with the `err` it gives (§2.4.4): they are not offered again."""


class Polls:
    """The poll endpoint. One request a stream waits at a time, in one process; others are answered at once."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._waiting: set[str] = set()

    async def answer(self, request: Request) -> Response:
        """POST /ssf/poll/{stream}."""
        scene = self._scene
        client = await access.caller(scene, request, changes=False)
        asked = read(await access.body(request))
        stream_id = request.path_params["stream"]
        settles = asked.received or asked.refused
        run = scene.ground.database.work if settles else scene.ground.database.read
        await run(lambda db: _settle(db, client, stream_id, asked))
        found, more = await self._found(stream_id, asked)
        await scene.ring.keep_fresh()
        sets = {signal.id: tokens.make(scene, client.client_id, signal) for signal in found}
        return json_response({"sets": sets, "moreAvailable": more}, store=False)

    async def _found(self, stream_id: str, asked: Poll) -> tuple[list[Signal], bool]:
        """What waits, and whether more does; while nothing does, up to the setting's time (§2.5)."""
        alone = not asked.at_once and asked.most > 0 and stream_id not in self._waiting
        until = asyncio.get_running_loop().time()
        if alone:
            until += self._scene.settings.signals_poll_wait.total_seconds()
            self._waiting.add(stream_id)
        try:
            while True:
                found = await self._look(stream_id, asked.most + 1)
                left = until - asyncio.get_running_loop().time()
                if found or left <= 0:
                    return found[: asked.most], len(found) > asked.most
                await asyncio.sleep(min(_LOOK_EVERY, left))
        finally:
            if alone:
                self._waiting.discard(stream_id)

    async def _look(self, stream_id: str, most: int) -> list[Signal]:
        return await self._scene.ground.database.read(lambda db: _look(db, self._scene, stream_id, most))


def read(said: Mapping[str, Any]) -> Poll:
    """RFC 8936 §2.2. Raises Refusal(400)."""
    most, at_once = said.get("maxEvents", _MOST_AT_ONCE), said.get("returnImmediately", False)
    received, refused = said.get("ack", []), said.get("setErrs", {})
    if isinstance(most, bool) or not isinstance(most, int) or most < 0:
        raise _bad("maxEvents is a number")
    if not isinstance(at_once, bool):
        raise _bad("returnImmediately is true or false")
    if not isinstance(received, list) or not all(isinstance(one, str) for one in received):
        raise _bad("ack is a list of jti")
    if not isinstance(refused, dict) or not all(isinstance(one, dict) for one in refused.values()):
        raise _bad("setErrs holds an object for each jti")
    if len(received) + len(refused) > _MOST_NAMED:
        raise _bad(f"at most {_MOST_NAMED} events can be named at once")
    errors = {jti: str(one.get("err", ""))[:60] for jti, one in refused.items()}
    return Poll(min(most, _MOST_AT_ONCE), at_once, tuple(received), errors)


def _settle(db: Connection, client: Client, stream_id: str, asked: Poll) -> None:
    """Forget what the receiver has, or cannot use; to name what does not wait in this stream changes nothing."""
    stream = streams.of_client(db, client.client_id)
    if stream is None or stream.id != stream_id or stream.method is not Method.POLL:
        raise Refusal("not_found", "no stream of yours is polled here", status=404)
    queue.received(db, stream.id, asked.received)
    for jti, error in asked.refused.items():
        if queue.received(db, stream.id, [jti]):
            events.labels("signal_refused").inc()
            log.error("signal_refused", stream=stream.id, client_id=client.client_id, signal=jti, error=error)


def _look(db: Connection, scene: Scene, stream_id: str, most: int) -> list[Signal]:
    stream = streams.find(db, stream_id)
    if stream is None or stream.method is not Method.POLL:
        return []
    stopped = stream.status is not Status.ENABLED
    return queue.first(db, stream_id, most, scene.ground.clock.now(), told_when_stopped=stopped)


def _bad(words: str) -> Refusal:
    return Refusal("invalid_request", words, status=400)
