"""Push delivery (RFC 8935): one event after the other, in their order, until the receiver has them all."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import msgspec
from sqlalchemy import Connection

from idp.scene import Scene
from idp.signals import emit, queue, streams, tokens
from idp.signals.queue import Signal
from idp.signals.streams import Method, Status, Stream
from kit.fetch import Unreachable
from kit.telemetry import events as figures
from kit.telemetry import log

PURPOSE = "signals: what a receiver wants to be told with a push"
MOST_FAILURES = 12
"""After so many in a row the stream is paused: the receiver enables it again when it is back."""
_LEASE = timedelta(seconds=15)
_FIRST_WAIT = timedelta(seconds=5)
_LONGEST_WAIT = timedelta(hours=6)
_HOPELESS = {"invalid_request", "invalid_key", "invalid_issuer", "invalid_audience"}
"""RFC 8935 §2.4: said of the token itself; the same one again would be refused again."""


def attend(scene: Scene) -> None:
    """Have the outbox's deliveries of this kind done here."""

    async def deliver(payload: Mapping[str, Any]) -> None:
        await _Pump(scene, str(payload["stream"]), str(payload["delivery"])).run()

    scene.ground.outbox.handle(emit.PUSH, deliver)


class _Pump:
    """One delivery. While it works, or waits to try again, no other one pushes: it pushes for them all."""

    def __init__(self, scene: Scene, stream_id: str, name: str) -> None:
        self._scene = scene
        self._stream_id = stream_id
        self._name = name

    async def run(self) -> None:
        """Push until nothing waits, or until the receiver does not answer."""
        database = self._scene.ground.database
        while await database.work(self._take):
            while (found := await database.read(self._next)) is not None:
                if not await self._push(*found):
                    return
            await database.work(lambda db: streams.release(db, self._stream_id, self._name))
            # What came between the last look and the release was left to us by those who saw us at work.
            if await database.read(self._next) is None:
                return

    def _take(self, db: Connection) -> bool:
        now = self._scene.ground.clock.now()
        return streams.lease(db, self._stream_id, self._name, now + _LEASE, now)

    def _next(self, db: Connection) -> tuple[Stream, Signal] | None:
        stream = streams.find(db, self._stream_id)
        if stream is None or stream.method is not Method.PUSH:
            return None
        client = self._scene.clients.peek(db, stream.client_id)
        if client is None or not client.may_exchange:
            return None
        stopped = stream.status is not Status.ENABLED
        waiting = queue.first(db, stream.id, 1, self._scene.ground.clock.now(), told_when_stopped=stopped)
        return (stream, waiting[0]) if waiting else None

    async def _push(self, stream: Stream, signal: Signal) -> bool:
        """One event; False when the receiver must be tried again later."""
        why = await self._said(stream, signal)
        if why in _HOPELESS:
            figures.labels("signal_refused").inc()
            log.error("signal_refused", stream=stream.id, client_id=stream.client_id, signal=signal.id, error=why)
        elif why is not None:
            await self._scene.ground.database.work(lambda db: self._later(db, stream, why))
            return False

        def done(db: Connection) -> bool:
            queue.received(db, stream.id, [signal.id])
            streams.no_failure(db, stream.id)
            return self._take(db)

        still_mine = await self._scene.ground.database.work(done)
        figures.labels("signal_pushed").inc()
        return still_mine

    async def _said(self, stream: Stream, signal: Signal) -> str | None:
        """Send it; None when it was accepted, otherwise why not, in a word."""
        scene = self._scene
        headers = {"content-type": tokens.TYPE, "accept": "application/json"}
        if stream.authorization is not None:
            headers["authorization"] = scene.ground.vault.seal(PURPOSE).open(stream.authorization, stream.id).decode()
        await scene.ring.keep_fresh()
        token = tokens.make(scene, stream.client_id, signal)
        try:
            answer = await scene.fetch.post(stream.endpoint_url or "", content=token.encode(), headers=headers)
        except Unreachable as error:
            return str(error)
        if answer.ok:
            return None
        return _error(answer.body) if answer.status == 400 else f"status {answer.status}"

    def _later(self, db: Connection, stream: Stream, why: str) -> None:
        """Try again later, longer and longer; too many failures pause the stream. That it is stopped is said once."""
        if stream.status is not Status.ENABLED:
            streams.release(db, stream.id, self._name)
            return
        now = self._scene.ground.clock.now()
        failures = streams.count_failure(db, stream.id)
        said = {"stream": stream.id, "client_id": stream.client_id, "failures": failures, "error": why[:100]}
        if failures >= MOST_FAILURES:
            streams.release(db, stream.id, self._name)
            emit.stop(db, self._scene, stream, Status.PAUSED, "the receiver did not accept events", now)
            figures.labels("signal_stream_paused").inc()
            log.error("signal_stream_paused", **said)
            return
        wait = min(_FIRST_WAIT * 2 ** (failures - 1), _LONGEST_WAIT)
        streams.lease(db, stream.id, self._name, now + wait + _LEASE, now)
        payload = {"stream": stream.id, "delivery": self._name}
        self._scene.ground.outbox.put(db, emit.PUSH, payload, now, due=now + wait, about=stream.client_id)
        log.warning("signal_not_accepted", **said)


def _error(body: bytes) -> str:
    """The `err` of a refusal (RFC 8935 §2.3)."""
    try:
        said = msgspec.json.decode(body)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return "status 400"
    found = said.get("err") if isinstance(said, dict) else None
    return found if isinstance(found, str) and found.isascii() and found.isprintable() else "status 400"
