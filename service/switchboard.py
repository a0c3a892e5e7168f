"""Which endpoint answers: addresses without parameters by one look-up, the others by the router's patterns."""

import inspect
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from starlette.datastructures import State
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from kit.problems import Refusal

Failed = Callable[[Request, Refusal], Response]


class Switchboard:
    """ASGI application over a list of routes. `refused` says the refusals that an endpoint did not answer itself."""

    def __init__(self, routes: Sequence[BaseRoute], *, refused: Failed) -> None:
        self.routes = list(routes)
        self.state = State()
        """Read as `request.app.state`."""
        self._refused = refused
        self._exact: dict[str, dict[str, tuple[Route, ASGIApp]]] = {}
        self._patterns: list[BaseRoute] = []
        for route in routes:
            if isinstance(route, Route) and not route.param_convertors:
                self._place(route)
            else:
                self._patterns.append(route)

    def _place(self, route: Route) -> None:
        known = self._exact.setdefault(route.path, {})
        bare = inspect.iscoroutinefunction(route.endpoint) and inspect.isfunction(route.app)  # no middleware around it
        answers = _directly(route.endpoint) if bare else route.app
        for method in sorted(route.methods or {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}):
            if method in known and method != "HEAD":
                raise ValueError(f"two endpoints answer {method} {route.path}")
            known.setdefault(method, (route, answers))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1000, "reason": ""})
            return
        scope["app"] = self
        scope.setdefault("path_params", {})
        started = False

        async def watched(message: Any) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._endpoint(scope)(scope, receive, watched)
        except Refusal as refusal:
            said = refusal
        except HTTPException as error:
            said = Refusal("http_error", str(error.detail), status=error.status_code, headers=error.headers)
        else:
            return
        if started:
            raise said
        await self._refused(Request(scope, receive), said)(scope, receive, send)

    def _endpoint(self, scope: Scope) -> ASGIApp:
        path, method = scope["path"], scope["method"]
        exact = self._exact.get(path)
        if exact is not None:
            found = exact.get(method)
            if found is None:
                raise _not_allowed(exact)
            route, answers = found
            scope["route"] = route
            scope["endpoint"] = route.endpoint
            return answers
        allowed: set[str] = set()
        for pattern in self._patterns:
            match, child = pattern.matches(scope)
            if match is Match.FULL:
                scope["route"] = pattern
                scope.update(child)
                return pattern.handle
            if match is Match.PARTIAL and isinstance(pattern, Route):
                allowed |= pattern.methods or set()
        if allowed:
            raise _not_allowed(allowed)
        raise Refusal("not_found", "nothing is at this address", status=404)


def _directly(endpoint: Callable[[Request], Awaitable[Response]]) -> ASGIApp:
    """What `Route` makes of an endpoint, less its own table of exceptions: the switchboard says those."""

    async def answers(scope: Scope, receive: Receive, send: Send) -> None:
        response = await endpoint(Request(scope, receive, send))
        await response(scope, receive, send)

    return answers


def _not_allowed(methods: Any) -> Refusal:
    allow = ", ".join(sorted(methods))
    return Refusal("method_not_allowed", f"this address answers {allow}", status=405, headers={"allow": allow})
