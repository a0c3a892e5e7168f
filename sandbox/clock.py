"""The demo's clock, which can be moved forward: what takes weeks is seen in an instant."""

from datetime import UTC, datetime
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from kit import forms
from kit.clock import DemoClock
from kit.http import json_response
from kit.periods import Period
from kit.problems import Refusal
from sandbox.scene import Scene

LAST_YEAR = 2100
CHOICES = (
    ("PT10M", "10 minutes"),
    ("PT1H", "1 heure"),
    ("P1D", "1 jour"),
    ("P1M", "1 mois"),
    ("P41D", "41 jours"),
    ("P3M", "3 mois"),
    ("P1Y", "1 an"),
)


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How far to go forward, an ISO 8601 duration."""

    advance: str


def advance(clock: DemoClock, by: str) -> datetime:
    """Move the clock forward. Raises Refusal(422) when `by` is no duration or leads too far."""
    try:
        target = Period.parse(by).after(clock.now())
        if target.year >= LAST_YEAR:
            raise ValueError(f"the clock does not go beyond {LAST_YEAR - 1}")
        clock.move_to(target)
    except ValueError as error:
        raise Refusal("invalid_duration", str(error), status=422) from error
    return clock.now()


async def tell(request: Request) -> Response:
    """GET /sandbox/clock: the time here, in JSON, or as a page for a browser."""
    scene: Scene = request.app.state.sandbox
    if not wants_page(request):
        return json_response(_card(scene.clock), store=False)
    return _page(request, scene)


async def move(request: Request) -> Response:
    """POST /sandbox/clock: `{"advance": "P41D"}`, or the page's form. Raises Refusal."""
    scene: Scene = request.app.state.sandbox
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == forms.FORM_TYPE:
        form = await forms.read(request, scene.ground.csrf)
        try:
            advance(scene.clock, form.get("advance").strip().upper())
        except Refusal:
            return _page(request, scene, error="Écrivez une durée comme P41D, P3M ou PT10M.", status=422)
        return RedirectResponse("/sandbox/clock", 303)
    scene.ground.csrf.check_origin(request)
    if kind != "application/json":
        raise Refusal("invalid_request", "the body must be application/json", status=415)
    try:
        step = msgspec.json.decode(await request.body(), type=Step)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise Refusal("invalid_request", 'the body must be {"advance": "P41D"}', status=422) from error
    advance(scene.clock, step.advance)
    return json_response(_card(scene.clock), store=False)


def wants_page(request: Request) -> bool:
    """True for a browser that opens the address; a script that says nothing of the kind gets JSON."""
    first = request.headers.get("accept", "").partition(",")[0].partition(";")[0].strip().lower()
    return first in {"text/html", "application/xhtml+xml"}


def _card(clock: DemoClock) -> dict[str, Any]:
    now = clock.now().astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {"now": now, "ahead_seconds": round(clock.offset.total_seconds())}


def _page(request: Request, scene: Scene, error: str | None = None, status: int = 200) -> Response:
    return scene.ground.pages.render(
        request,
        "sandbox/clock.html",
        status=status,
        now=scene.clock.now(),
        moved=scene.clock.offset.total_seconds() >= 1,
        choices=CHOICES,
        error=error,
    )
