"""A small provider, dossier and consent API that speak the same JSON as the real ones, for the portal's own tests."""

import base64
import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from kit import forms, jose
from kit.clock import Clock

ISSUER = "http://localhost:8000"
CLIENT_KEY = jose.generate("ES256", "portal-1")

Answer = Callable[[Request], Any]


class StandIn:
    """What the portal sees of the house. Everything that a test may twist is an attribute."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.key = jose.generate("ES256", "op-1")
        self.codes: dict[str, dict[str, Any]] = {}
        self.alive: set[str] = set()
        self.refreshes: set[str] = set()
        self.revoked: list[str] = []
        self.calls: list[tuple[str, str, Any]] = []
        self.answers: dict[tuple[str, str], Any] = {}
        self.claims: dict[str, Any] = {"name": "Gabrielle Capanelli"}
        self.identity: dict[str, Any] = {}
        self.iss = ISSUER
        self.down = False
        self._count = 0
        self.app = Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self.metadata),
                Route("/jwks", self.jwks),
                Route("/authorize", self.authorize),
                Route("/token", self.token, methods=["POST"]),
                Route("/revoke", self.revoke, methods=["POST"]),
                Route("/userinfo", self.userinfo),
                Route("/{path:path}", self.resource, methods=["GET", "POST", "PATCH", "PUT", "DELETE"]),
            ]
        )

    async def metadata(self, request: Request) -> Response:
        if self.down:
            return Response(status_code=503)
        return JSONResponse(
            {
                "issuer": ISSUER,
                "authorization_endpoint": f"{ISSUER}/authorize",
                "token_endpoint": f"{ISSUER}/token",
                "jwks_uri": f"{ISSUER}/jwks",
                "revocation_endpoint": f"{ISSUER}/revoke",
                "userinfo_endpoint": f"{ISSUER}/userinfo",
                "end_session_endpoint": f"{ISSUER}/logout",
            }
        )

    async def jwks(self, request: Request) -> Response:
        return JSONResponse(jose.public_set([self.key]))

    async def authorize(self, request: Request) -> Response:
        """Whoever comes is signed in at once."""
        asked = dict(request.query_params)
        code = self._fresh("code")
        self.codes[code] = asked
        answer = {"code": code, "state": asked["state"], "iss": self.iss}
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(answer)}", 303)

    async def token(self, request: Request) -> Response:
        form = (await forms.parse(request)).first_values()
        jose.verify(
            form["client_assertion"],
            [CLIENT_KEY],
            algorithms=("ES256",),
            typ=("JWT",),
            issuer="portal",
            audience=ISSUER,
            now=self.clock.now(),
            required=("exp", "jti", "sub"),
        )
        if self.down:
            return Response(status_code=503)
        if form["grant_type"] == "refresh_token":
            if form["refresh_token"] not in self.refreshes:
                return JSONResponse({"error": "invalid_grant"}, 400)
            self.refreshes.discard(form["refresh_token"])
            return JSONResponse(self._tokens(None))
        asked = self.codes.pop(form["code"], None)
        proof = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).rstrip(b"=").decode()
        if asked is None or asked["code_challenge"] != proof or asked["redirect_uri"] != form["redirect_uri"]:
            return JSONResponse({"error": "invalid_grant"}, 400)
        return JSONResponse(self._tokens(asked))

    async def revoke(self, request: Request) -> Response:
        self.revoked.append((await forms.parse(request)).get("token"))
        return Response()

    async def userinfo(self, request: Request) -> Response:
        return JSONResponse({"sub": "sub_1", "name": "Inaya Michel"})

    async def resource(self, request: Request) -> Response:
        """A dossier or consent call: recorded, then answered as the test said."""
        if self.down:
            return Response(status_code=503)
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if token not in self.alive:
            return JSONResponse({"error": "invalid_token"}, 401)
        raw = await request.body()
        body = json.loads(raw) if raw else dict(request.query_params)
        self.calls.append((request.method, request.url.path, body))
        answer = self.answers.get((request.method, request.url.path))
        if answer is None:
            return JSONResponse({"code": "not_found"}, 404)
        if callable(answer) and not isinstance(answer, Response):
            answer = answer(request)
        return answer if isinstance(answer, Response) else JSONResponse(answer)

    def asked(self, method: str, path: str) -> list[Any]:
        """The bodies (or queries) of the calls to that address."""
        return [body for m, p, body in self.calls if (m, p) == (method, path)]

    def end_everything(self) -> None:
        """The person's session is stopped at the provider."""
        self.alive.clear()
        self.refreshes.clear()

    def _tokens(self, asked: dict[str, Any] | None) -> dict[str, Any]:
        access, refresh = self._fresh("at"), self._fresh("rt")
        self.alive.add(access)
        self.refreshes.add(refresh)
        found = {
            "access_token": access,
            "refresh_token": refresh,
            "token_type": "Bearer",
            "expires_in": 300,
            "patient": "pat_1",
        }
        if asked is not None:
            now = self.clock.now()
            claims = {
                "iss": ISSUER,
                "sub": "sub_1",
                "aud": "portal",
                "iat": int(now.timestamp()),
                "exp": int((now + timedelta(minutes=5)).timestamp()),
                "nonce": asked["nonce"],
                **self.claims,
                **self.identity,
            }
            found["id_token"] = jose.sign(claims, self.key, algorithm="ES256", typ="JWT")
        return found

    def _fresh(self, kind: str) -> str:
        self._count += 1
        return f"{kind}_{self._count}"


def query_of(url: str) -> dict[str, str]:
    """The parameters of an address."""
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
