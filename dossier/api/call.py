"""One call: who, may they, do it, write it down; in one transaction, and every refusal said in FHIR."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Generic, Literal, TypeVar

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response

from dossier.access import Ask, Holder, Interaction, Permit, Trace
from dossier.api import answers
from dossier.api.negotiation import FHIR, Prefer, media_sent, media_wanted, preference
from dossier.scene import Scene
from kit.doorman import TooLarge
from kit.guard import AccessClaims
from kit.http import client_address
from kit.problems import Refusal

T = TypeVar("T")
Kind = Literal["c", "r", "s", "batch", "transaction"]

MOST_BYTES = 4 * 1024 * 1024
"""Of a body: a thousand Observations of four kilobytes. The doorman must let as much through under the FHIR base."""


@dataclass(frozen=True, slots=True)
class Call:
    """A request with a verified token."""

    scene: Scene
    request: Request
    claims: AccessClaims
    now: datetime
    media: str
    prefer: Prefer


@dataclass(frozen=True, slots=True)
class Done(Generic[T]):
    """What was done, and what the person's history will say of it."""

    value: T
    trace: Trace


class Desk:
    """Where a call asks for permits, within its transaction. A question already answered is not asked again."""

    def __init__(self, db: Connection, call: Call) -> None:
        self.db = db
        self.call = call
        self.granted: Permit | None = None
        self._answers: dict[Interaction, Permit | Refusal] = {}

    def permit(self, interaction: Interaction) -> Permit:
        """The permit for that interaction with measures. Raises Refusal."""
        if interaction not in self._answers:
            ask = Ask("Observation", interaction, location=self.call.scene.base)
            try:
                self._answers[interaction] = self.call.scene.access.decide(
                    self.db, self.call.claims, ask, self.call.now
                )
            except Refusal as refusal:
                self._answers[interaction] = refusal
        answer = self._answers[interaction]
        if isinstance(answer, Refusal):
            raise answer
        self.granted = answer
        return answer

    def holder(self) -> Holder:
        """Whom the caller's token is about. Raises Refusal."""
        holder = self.call.scene.access.holder(self.db, self.call.claims, self.call.now)
        self.granted = holder.permit
        return holder


Act = Callable[[Desk], Done[T]]
"""Does the work. It refuses, if at all, before it writes anything: the refusal itself is written down and stays."""
Handler = Callable[[Call], Awaitable[Response]]


async def perform(call: Call, kind: Kind, act: Act[T], resource: str = "Observation", about: str = "measures") -> T:
    """Run `act` in one transaction with its one entry in the journal, carried out or refused (R105)."""

    address = client_address(call.request)

    def unit(db: Connection) -> T | Refusal:
        desk = Desk(db, call)
        record = call.scene.access.record
        try:
            done = act(desk)
        except Refusal as refusal:
            trace = Trace(kind, resource, about, refusal.status, refusal.code)
            record(db, desk.granted, call.claims, replace(trace, address=address), call.now)
            return refusal
        record(db, desk.granted, call.claims, replace(done.trace, address=address), call.now)
        return done.value

    result = await call.scene.ground.database.work(unit)
    if isinstance(result, Refusal):
        raise result
    return result


def door(scene: Scene, **handlers: Handler) -> Callable[[Request], Awaitable[Response]]:
    """An endpoint: one handler a method (GET=…, POST=…). Other methods, tokens and formats are refused in FHIR."""

    async def answer(request: Request) -> Response:
        media = FHIR
        try:
            media = media_wanted(request)
            handler = handlers.get("GET" if request.method == "HEAD" else request.method)
            if handler is None:
                raise not_allowed(*handlers)
            claims = await scene.guard.admit(request)
            return await handler(Call(scene, request, claims, scene.ground.clock.now(), media, preference(request)))
        except Refusal as refusal:
            return answers.refused(scene.guard.told(request, refusal), media=media)
        except TooLarge:
            return answers.refused(too_large(), media=media)

    return answer


async def body_of(request: Request, most: int = MOST_BYTES) -> bytes:
    """The JSON body. Raises Refusal: 415 for another type, 413 when it is longer than `most` bytes."""
    media_sent(request)
    return await bytes_of(request, most)


async def bytes_of(request: Request, most: int) -> bytes:
    """The body. Raises Refusal(413)."""
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > most:
            raise too_large()
        parts.append(part)
    return b"".join(parts)


def not_allowed(*methods: str) -> Refusal:
    """405, with the methods that are allowed."""
    allowed = ", ".join(methods)
    return Refusal(
        "method_not_allowed",
        f"only {allowed} here" if allowed else "nothing here",
        status=405,
        headers={"allow": allowed},
    )


def too_large() -> Refusal:
    """413."""
    return Refusal("too_large", "the body is too large", status=413)
