"""The demo's operator of text messages: the same HTTP that a real one speaks, into the inbox."""

import re

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from kit.http import json_response
from kit.problems import Refusal
from kit.secrets import same
from sandbox import inbox
from sandbox.scene import Scene

_NUMBER = re.compile(r"\+[1-9]\d{6,14}")


class Submission(msgspec.Struct, frozen=True):
    """One message handed over. `reference` is the sender's own: the same one twice is one message."""

    to: str
    text: str
    reference: str = ""
    sender: str = msgspec.field(default="", name="from")


async def messages(request: Request) -> Response:
    """POST /sandbox/sms/messages. Raises Refusal(401, 415 or 422)."""
    scene: Scene = request.app.state.sandbox
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not same(key, scene.sms_key):
        raise Refusal("unauthorized", "the key is not valid", status=401, headers={"www-authenticate": "Bearer"})
    try:
        one = msgspec.json.decode(await request.body(), type=Submission)
    except msgspec.MsgspecError as error:
        raise Refusal("invalid_request", "the body is not a message", status=422) from error
    if not _NUMBER.fullmatch(one.to) or not 0 < len(one.text) <= 1600 or len(one.reference) > 100:
        raise Refusal("invalid_request", "the number or the text cannot be sent", status=422)
    message = inbox.Message("sms", one.to, "", one.text, scene.ground.clock.now())
    mark = f"sms {one.reference}" if one.reference else None
    await scene.ground.database.work(lambda db: inbox.add(db, message, mark))
    return json_response({"status": "accepted", "reference": one.reference}, status=202)
