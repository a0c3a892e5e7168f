"""A provider small enough to misbehave on purpose: what the reader app must refuse, and what it must withstand.

It keeps to the protocol it stands for: PKCE, one use of codes and refresh tokens, private_key_jwt, pairings, FHIR.
"""

import base64
import hashlib
import secrets
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from kit import jose
from kit.clock import Clock

ISSUER = "http://localhost:8000"
ME = "glucolink"


@dataclass
class Faults:
    """Ways in which it misbehaves."""

    issuer: str = ISSUER
    nonce: str | None = None
    audience: str = ME
    no_id_token: bool = False
    foreign_key: bool = False
    methods: tuple[str, ...] = ("S256",)
    consents_uri: str | None = None
    refuse_calls: str = ""
    down: int = 0
    impossible: set[int] = field(default_factory=set)
    """Values of readings that it finds impossible."""


class StandIn:
    """The provider. `agree()` and `end()` are what the person does there."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.faults = Faults()
        self.key = jose.generate("ES256", "p-1")
        self.client_keys: list[Any] = []
        self.codes: dict[str, dict[str, str]] = {}
        self.access: dict[str, float] = {}
        self.refresh: dict[str, bool] = {}
        self.jtis: set[str] = set()
        self.pairing: dict[str, str] | None = None
        self.readings: dict[str, dict[str, Any]] = {}
        self.bundles: list[int] = []
        self.revoked: list[str] = []
        self.token_calls: list[dict[str, str]] = []
        self.app = Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self.discovery),
                Route("/jwks", self.jwks),
                Route("/token", self.token, methods=["POST"]),
                Route("/revoke", self.revoke, methods=["POST"]),
                Route("/pairings", self.pair, methods=["POST"]),
                Route("/pairings/{id}", self.see_pairing, methods=["GET", "DELETE"]),
                Route("/dossier/fhir", self.fhir, methods=["POST"]),
            ]
        )

    def sign_in(self, url: str, **changes: str) -> str:
        """The person signs in and agrees at that authorization address; gives where the browser is sent back."""
        asked = dict(parse_qsl(urlsplit(url).query))
        code = secrets.token_urlsafe(8)
        self.codes[code] = asked
        answer = {"code": code, "state": asked["state"], "iss": ISSUER, **changes}
        return asked["redirect_uri"] + "?" + urlencode({name: value for name, value in answer.items() if value})

    def agree(self) -> str:
        """The person gives the consents; gives where the browser is sent back."""
        assert self.pairing
        self.pairing["status"] = "active"
        said = {"pairing_id": self.pairing["id"], "status": "active", "state": self.pairing["state"], "iss": ISSUER}
        return f"{self.pairing['return_uri']}?{urlencode(said)}"

    async def discovery(self, request: Request) -> Response:
        return JSONResponse(
            {
                "issuer": self.faults.issuer,
                "authorization_endpoint": f"{ISSUER}/authorize",
                "token_endpoint": f"{ISSUER}/token",
                "jwks_uri": f"{ISSUER}/jwks",
                "revocation_endpoint": f"{ISSUER}/revoke",
                "code_challenge_methods_supported": list(self.faults.methods),
                "authorization_response_iss_parameter_supported": True,
            }
        )

    async def jwks(self, request: Request) -> Response:
        return JSONResponse(jose.public_set([self.key]))

    async def token(self, request: Request) -> Response:
        form = await self._proven(request)
        if form is None:
            return JSONResponse({"error": "invalid_client"}, 401)
        self.token_calls.append(form)
        if form["grant_type"] == "refresh_token":
            if self.refresh.get(form["refresh_token"]) is not True:
                return JSONResponse(
                    {"error": "invalid_grant", "reason": self.faults.refuse_calls or "token_reused"}, 400
                )
            self.refresh[form["refresh_token"]] = False
            return JSONResponse(self._tokens())
        asked = self.codes.pop(form["code"], None)
        hashed = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).rstrip(b"=").decode()
        if asked is None or hashed != asked["code_challenge"] or form["redirect_uri"] != asked["redirect_uri"]:
            return JSONResponse({"error": "invalid_grant", "reason": "code_invalid"}, 400)
        tokens = self._tokens()
        if not self.faults.no_id_token:
            tokens["id_token"] = self._id_token(asked["nonce"])
        return JSONResponse(tokens)

    async def revoke(self, request: Request) -> Response:
        form = await self._proven(request)
        if form is None:
            return JSONResponse({"error": "invalid_client"}, 401)
        self.revoked.append(form["token"])
        self.refresh.pop(form["token"], None)
        self.access.clear()
        return Response(status_code=200)

    async def pair(self, request: Request) -> Response:
        if refused := self._refused(request, pairing=True):
            return refused
        body = await request.json()
        known = self.pairing or {"id": "par_1", "status": "pending"}
        self.pairing = {**known, "return_uri": body["return_uri"], "state": body["state"]}
        return JSONResponse(self._pairing(), 201)

    async def see_pairing(self, request: Request) -> Response:
        if refused := self._refused(request, pairing=True):
            return refused
        assert self.pairing
        if request.method == "DELETE":
            self.pairing["status"] = "ended"
            return Response(status_code=204)
        return JSONResponse(self._pairing())

    async def fhir(self, request: Request) -> Response:
        if self.faults.down:
            self.faults.down -= 1
            return JSONResponse({}, 503)
        if refused := self._refused(request):
            return refused
        bundle = await request.json()
        assert bundle["type"] == "transaction"
        self.bundles.append(len(bundle["entry"]))
        issues = []
        for place, entry in enumerate(bundle["entry"]):
            resource = entry["resource"]
            if (
                resource["resourceType"] == "Observation"
                and resource["valueQuantity"]["value"] in self.faults.impossible
            ):
                issues.append(
                    {
                        "severity": "error",
                        "code": "value",
                        "details": {"coding": [{"code": "value_impossible"}]},
                        "diagnostics": "not a possible value",
                        "expression": [f"Bundle.entry[{place}].resource.valueQuantity"],
                    }
                )
        if issues:
            return JSONResponse({"resourceType": "OperationOutcome", "issue": issues[:100]}, 422)
        answers = []
        for entry in bundle["entry"]:
            resource = entry["resource"]
            mark = f"{resource['resourceType']}/{resource['identifier'][0]['value']}"
            answers.append({"response": {"status": "200 OK" if mark in self.readings else "201 Created"}})
            self.readings.setdefault(mark, resource)
        return JSONResponse({"resourceType": "Bundle", "type": "transaction-response", "entry": answers})

    def _pairing(self) -> dict[str, str]:
        assert self.pairing
        consents = self.faults.consents_uri or f"{ISSUER}/pairings/{self.pairing['id']}/consents"
        return {"pairing_id": self.pairing["id"], "status": self.pairing["status"], "consents_uri": consents}

    def _refused(self, request: Request, pairing: bool = False) -> Response | None:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if self.access.get(token, 0) <= self.clock.now().timestamp():
            return JSONResponse({"code": "invalid_token", "error": "invalid_token"}, 401)
        code = self.faults.refuse_calls
        if not code and not pairing and self.pairing and self.pairing["status"] == "pending":
            code = "pairing_required"
        if not code or pairing:
            return None
        issue = {"severity": "error", "code": "forbidden", "details": {"coding": [{"code": code}]}, "diagnostics": code}
        return JSONResponse({"resourceType": "OperationOutcome", "issue": [issue]}, 403)

    def _tokens(self) -> dict[str, Any]:
        access, refresh = f"at_{secrets.token_urlsafe(16)}", f"rt_{secrets.token_urlsafe(16)}"
        self.access[access] = self.clock.now().timestamp() + 300
        self.refresh[refresh] = True
        return {
            "access_token": access,
            "token_type": "Bearer",
            "expires_in": 300,
            "refresh_token": refresh,
            "scope": "openid offline_access pairing",
        }

    def _id_token(self, nonce: str) -> str:
        at = int(self.clock.now().timestamp())
        claims = {
            "iss": self.faults.issuer,
            "aud": self.faults.audience,
            "sub": "s-1",
            "iat": at,
            "exp": at + 300,
            "nonce": self.faults.nonce or nonce,
        }
        key = jose.generate("ES256", "p-1") if self.faults.foreign_key else self.key
        return jose.sign(claims, key, algorithm="ES256", typ="JWT")

    async def _proven(self, request: Request) -> dict[str, str] | None:
        """RFC 7523 §3: signed by the client's key, for us, and never seen before."""
        form = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
        try:
            claims = jose.verify(
                form["client_assertion"],
                self.client_keys,
                algorithms=("ES256",),
                typ=None,
                issuer=ME,
                audience=ISSUER,
                now=self.clock.now(),
            )
        except (KeyError, jose.BadToken):
            return None
        if claims["jti"] in self.jtis:
            return None
        self.jtis.add(claims["jti"])
        return form
