"""A stream's configuration as JSON (SSF 1.0 §8.1.1): what the receiver writes, read strictly; what it reads back."""

from collections.abc import Mapping
from typing import Any

from idp.scene import Scene
from idp.signals import push
from idp.signals.events import SUPPORTED
from idp.signals.streams import Method, Stream
from idp.signals.subjects import FORMATS
from kit.problems import Refusal

POLL = "/ssf/poll/"
_LONGEST_DESCRIPTION = 200
_MOST_EVENTS = 100
_LONGEST_HEADER = 2_000


def shown(scene: Scene, stream: Stream) -> dict[str, Any]:
    """The whole configuration. What the receiver wants to be told with a push is its secret: it is not shown."""
    if stream.method is Method.PUSH:
        delivery = {"method": str(stream.method), "endpoint_url": stream.endpoint_url}
    else:
        delivery = {"method": str(stream.method), "endpoint_url": f"{scene.issuer}{POLL}{stream.id}"}
    said: dict[str, Any] = {
        "stream_id": stream.id,
        "iss": scene.issuer,
        "aud": stream.client_id,
        "events_supported": list(SUPPORTED),
        "events_delivered": list(stream.delivered),
        "delivery": delivery,
        "min_verification_interval": int(scene.settings.signals_verification_every.total_seconds()),
    }
    if stream.format != FORMATS[0]:
        said["format"] = stream.format  # our own member: not shown to who did not ask for it
    if stream.requested is not None:
        said["events_requested"] = list(stream.requested)
    if stream.description is not None:
        said["description"] = stream.description
    return said


def asked(scene: Scene, said: Mapping[str, Any], stream_id: str, *, whole: bool) -> dict[str, Any]:
    """The fields that a receiver writes. `whole`: what it leaves out is deleted (§8.1.1.4), otherwise kept (§8.1.1.3).

    Raises Refusal(400).
    """
    values: dict[str, Any] = {}
    if whole or "description" in said:
        values["description"] = _description(said.get("description"))
    if whole or "events_requested" in said:
        values["requested"] = _events(said.get("events_requested"))
    if whole or "delivery" in said:
        values |= _delivery(scene, said.get("delivery"), stream_id)
    if whole or "format" in said:
        values["format"] = _format(said.get("format", "iss_sub"))
    return values


def agrees(scene: Scene, stream: Stream, said: Mapping[str, Any]) -> None:
    """What is ours to say may be repeated, not changed (§8.1.1.3). Raises Refusal(400)."""
    ours = shown(scene, stream)
    for name in ("iss", "aud", "events_supported", "events_delivered", "min_verification_interval"):
        if name in said and said[name] != ours[name] and said[name] != [ours[name]]:
            raise _bad(f"{name} is the transmitter's to say")


def _description(said: object) -> str | None:
    if said is None:
        return None
    if not isinstance(said, str):
        raise _bad("description is a string")
    return said[:_LONGEST_DESCRIPTION]


def _events(said: object) -> tuple[str, ...] | None:
    if said is None:
        return None
    if not isinstance(said, list) or len(said) > _MOST_EVENTS:
        raise _bad("events_requested is a list of event types")
    if not all(isinstance(one, str) and 0 < len(one) <= 300 for one in said):
        raise _bad("events_requested is a list of event types")
    return tuple(dict.fromkeys(said))


def _format(said: object) -> str:
    if said not in FORMATS:
        raise _bad(f"format: one of {', '.join(FORMATS)}")
    return str(said)


def _delivery(scene: Scene, said: object, stream_id: str) -> dict[str, Any]:
    """Poll unless said otherwise (§8.1.1.1)."""
    if said is None:
        said = {"method": str(Method.POLL)}
    if not isinstance(said, dict) or said.get("method") not in set(Method):
        raise _bad(f"delivery.method: {Method.PUSH} or {Method.POLL}")
    if said["method"] == Method.POLL:
        return {"method": Method.POLL, "endpoint_url": None, "authorization": None}
    url, header = said.get("endpoint_url"), said.get("authorization_header")
    why = scene.fetch.refused(url) if isinstance(url, str) else "missing"
    if why is not None:
        raise _bad(f"delivery.endpoint_url: {why}")
    return {"method": Method.PUSH, "endpoint_url": url, "authorization": _sealed(scene, header, stream_id)}


def _sealed(scene: Scene, header: object, stream_id: str) -> bytes | None:
    if header is None:
        return None
    fits = isinstance(header, str) and 0 < len(header) <= _LONGEST_HEADER and header.isascii() and header.isprintable()
    if not fits:
        raise _bad("delivery.authorization_header is not a header's value")
    return scene.ground.vault.seal(push.PURPOSE).close(str(header).encode(), stream_id)


def _bad(words: str) -> Refusal:
    return Refusal("invalid_request", words, status=400)
