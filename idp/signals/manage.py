"""The stream management API (SSF 1.0 §8.1). A client sees and changes its own stream; another one's is not there."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response

from clients.records import Client
from idp.scene import Scene
from idp.signals import access, configuration, emit, events, queue, streams, subjects
from idp.signals.streams import Status, Stream
from kit.http import json_response
from kit.ids import new
from kit.problems import Refusal

_LONGEST_STATE = 2_000
_LONGEST_REASON = 500


async def create(request: Request) -> Response:
    """POST: 201 with the configuration; 409 when the client has a stream already (§8.1.1.1)."""
    scene, client, said = await _asked(request)
    now = scene.ground.clock.now()
    stream_id = new("stm", now)
    values = configuration.asked(scene, said, stream_id, whole=True)
    stream = Stream(
        id=stream_id,
        client_id=client.client_id,
        status=Status.ENABLED,
        reason=None,
        failures=0,
        created_at=now,
        changed_at=now,
        **values,
    )
    if not await scene.ground.database.work(lambda db: streams.add(db, stream)):
        raise Refusal("stream_exists", "this client has a stream already", status=409)
    return json_response(configuration.shown(scene, stream), status=201, store=False)


async def read(request: Request) -> Response:
    """GET: one stream by its `stream_id`, or the list of the client's streams (§8.1.1.2)."""
    scene = _scene(request)
    client = await access.caller(scene, request, changes=False)
    wanted = request.query_params.get("stream_id")
    stream = await scene.ground.database.read(lambda db: streams.of_client(db, client.client_id))
    if wanted is None:
        return json_response([configuration.shown(scene, stream)] if stream else [], store=False)
    return json_response(configuration.shown(scene, _mine(stream, wanted)), store=False)


async def update(request: Request) -> Response:
    """PATCH: what is said changes, the rest stays (§8.1.1.3)."""
    return await _change(request, whole=False)


async def replace(request: Request) -> Response:
    """PUT: what is not said is deleted (§8.1.1.4)."""
    return await _change(request, whole=True)


async def delete(request: Request) -> Response:
    """DELETE: 204; nothing of the stream is left (§8.1.1.5)."""
    scene = _scene(request)
    client = await access.caller(scene, request, changes=True)
    wanted = request.query_params.get("stream_id", "")

    def unit(db: Connection) -> None:
        streams.remove(db, _mine(streams.of_client(db, client.client_id), wanted).id)

    await scene.ground.database.work(unit)
    return Response(status_code=204)


async def read_status(request: Request) -> Response:
    """GET: enabled, paused or disabled (§8.1.2.1)."""
    scene = _scene(request)
    client = await access.caller(scene, request, changes=False)
    stream = await scene.ground.database.read(lambda db: streams.of_client(db, client.client_id))
    return json_response(_status(_mine(stream, request.query_params.get("stream_id", ""))), store=False)


async def write_status(request: Request) -> Response:
    """POST: the receiver pauses its stream, disables it, or has it again (§8.1.2.2)."""
    scene, client, said = await _asked(request)
    if said.get("status") not in set(Status):
        raise _bad("status: enabled, paused or disabled")
    status, reason = Status(said["status"]), said.get("reason")
    if reason is not None and (not isinstance(reason, str) or len(reason) > _LONGEST_REASON):
        raise _bad(f"reason: a string of at most {_LONGEST_REASON} characters")

    def unit(db: Connection) -> Stream:
        stream = _mine(streams.of_client(db, client.client_id), said.get("stream_id"))
        if status is Status.DISABLED:
            queue.forget(db, stream.id)
        return _changed(db, scene, stream, {"status": status, "reason": reason, "failures": 0})

    stream = await scene.ground.database.work(unit)
    return json_response(_status(stream), store=False)


async def add_subject(request: Request) -> Response:
    """POST: 200. Everybody who has an agreement with the client is in it from the start (§8.1.3.2)."""
    scene, client, said = await _asked(request)
    mark = subjects.mark(said.get("subject"))
    if not isinstance(said.get("verified", True), bool):
        raise _bad("verified is true or false")

    def unit(db: Connection) -> None:
        streams.take_in(db, _mine(streams.of_client(db, client.client_id), said.get("stream_id")).id, mark)

    await scene.ground.database.work(unit)
    return Response(status_code=200)


async def remove_subject(request: Request) -> Response:
    """POST: 204. Nothing more is told of that subject (§8.1.3.3)."""
    scene, client, said = await _asked(request)
    mark, now = subjects.mark(said.get("subject")), scene.ground.clock.now()

    def unit(db: Connection) -> bool:
        stream = _mine(streams.of_client(db, client.client_id), said.get("stream_id"))
        return streams.leave_out(db, stream.id, mark, now)

    if not await scene.ground.database.work(unit):
        raise Refusal("too_many_subjects", f"at most {streams.MOST_LEFT_OUT} subjects can be removed", status=429)
    return Response(status_code=204)


async def verify(request: Request) -> Response:
    """POST: 204; a verification event with the same `state` follows in the stream (§8.1.4.2)."""
    scene, client, said = await _asked(request)
    state, now = said.get("state"), scene.ground.clock.now()
    if state is not None and (not isinstance(state, str) or len(state) > _LONGEST_STATE):
        raise _bad(f"state: a string of at most {_LONGEST_STATE} characters")

    def unit(db: Connection) -> bool:
        stream = _mine(streams.of_client(db, client.client_id), said.get("stream_id"))
        if not streams.may_verify(db, stream.id, scene.settings.signals_verification_every, now):
            return False
        emit.about_stream(db, scene, stream, events.VERIFICATION, events.verification(state), now)
        return True

    if not await scene.ground.database.work(unit):
        wait = str(max(1, int(scene.settings.signals_verification_every.total_seconds())))
        headers = {"retry-after": wait}
        raise Refusal("too_many_requests", "verification was asked a moment ago", status=429, headers=headers)
    return Response(status_code=204)


async def _change(request: Request, *, whole: bool) -> Response:
    scene, client, said = await _asked(request)

    def unit(db: Connection) -> Stream:
        stream = _mine(streams.of_client(db, client.client_id), said.get("stream_id"))
        configuration.agrees(scene, stream, said)
        values = configuration.asked(scene, said, stream.id, whole=whole)
        return _changed(db, scene, stream, values | {"failures": 0})

    return json_response(configuration.shown(scene, await scene.ground.database.work(unit)), store=False)


def _changed(db: Connection, scene: Scene, stream: Stream, values: Mapping[str, Any]) -> Stream:
    """The stream as it is now; what waits in it is pushed at once, wherever it goes from now on."""
    now = scene.ground.clock.now()
    after = streams.change(db, stream.id, {**values, "pushing_by": None, "pushing_until": None}, now)
    if after is None:
        raise _unknown()
    emit.push(db, scene, after, now)
    return after


async def _asked(request: Request) -> tuple[Scene, Client, Mapping[str, Any]]:
    """Who calls, before what they say is read."""
    scene = _scene(request)
    client = await access.caller(scene, request, changes=True)
    return scene, client, await access.body(request)


def _scene(request: Request) -> Scene:
    scene: Scene = request.app.state.idp
    return scene


def _mine(stream: Stream | None, wanted: object) -> Stream:
    """The client's own stream, which it must name. Raises Refusal(400 or 404)."""
    if not isinstance(wanted, str) or not wanted:
        raise _bad("stream_id is missing")
    if stream is None or stream.id != wanted:
        raise _unknown()
    return stream


def _status(stream: Stream) -> dict[str, Any]:
    said = {"stream_id": stream.id, "status": str(stream.status)}
    return said | ({"reason": stream.reason} if stream.reason else {})


def _unknown() -> Refusal:
    return Refusal("not_found", "no stream of that identifier is yours", status=404)


def _bad(words: str) -> Refusal:
    return Refusal("invalid_request", words, status=400)
