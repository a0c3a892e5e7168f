"""An app, as its developer would write it: it knows the provider by its address and its own registration."""

import base64
import hashlib
import secrets
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
from joserfc import jwt
from joserfc.jwk import ECKey

from tests.browser import Browser, Page
from tests.house import Home

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@dataclass
class Reply:
    """What an endpoint answered."""

    status: int
    body: Any
    headers: httpx2.Headers

    def __getitem__(self, name: str) -> Any:
        return self.body[name]

    def refused_with(self, error: str, reason: str | None = None) -> bool:
        """An OAuth error answer, and our own reason when one is named."""
        assert self.headers["cache-control"] == "no-store"
        return self.status >= 400 and self.body["error"] == error and self.body.get("reason") == reason


@dataclass
class Party:
    """One client of the demo and what it holds."""

    home: Home
    known: dict[str, Any]
    verifiers: dict[str, str] = field(default_factory=dict)

    @property
    def client_id(self) -> str:
        return str(self.known["client_id"])

    @property
    def redirect_uri(self) -> str:
        return str(self.known["redirect_uris"][0])

    def request(self, **changes: str | None) -> dict[str, str]:
        """The parameters of an authorization request; its verifier is remembered by its state."""
        verifier = secrets.token_urlsafe(48)
        asked = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "scope": "openid profile email offline_access",
            "state": secrets.token_urlsafe(8),
            "nonce": secrets.token_urlsafe(8),
            "code_challenge": challenge(verifier),
            "code_challenge_method": "S256",
            **changes,
        }
        kept = {name: value for name, value in asked.items() if value is not None}
        self.verifiers[kept.get("state", "")] = verifier
        return kept

    async def ask(self, browser: Browser, **changes: str | None) -> Page:
        """Send a person's browser to the provider; gives where it stops."""
        query = httpx2.QueryParams(self.request(**changes))
        return await browser.get(f"/authorize?{query}")

    async def come_back(self, browser: Browser, page: Page, **choices: Any) -> dict[str, str]:
        """Say yes on the page, if there is one; gives what came back to the app."""
        if not page.location.startswith(self.redirect_uri):
            page = await browser.submit(page, {"decision": "allow", **choices})
        return self.answer(page)

    def answer(self, page: Page) -> dict[str, str]:
        """The parameters that came back to the app's redirect address."""
        assert page.location.startswith(self.redirect_uri), (page.status, page.location, page.text[:500])
        return {name: values[0] for name, values in parse_qs(urlsplit(page.location).query).items()}

    async def obtain(self, browser: Browser, *, choices: dict[str, Any] | None = None, **changes: str | None) -> Reply:
        """The whole code flow, for a person who is signed in; gives the token answer."""
        back = await self.come_back(browser, await self.ask(browser, **changes), **(choices or {}))
        return await self.exchange(back["code"], verifier=self.verifiers[back.get("state", "")])

    async def exchange(self, code: str, *, verifier: str | None, **changes: str | None) -> Reply:
        """Bring the code."""
        return await self.token(
            grant_type="authorization_code",
            **{"code": code, "redirect_uri": self.redirect_uri, "code_verifier": verifier, **changes},
        )

    async def refresh(self, refresh_token: str, **changes: str | None) -> Reply:
        """Bring a refresh token."""
        return await self.token(grant_type="refresh_token", refresh_token=refresh_token, **changes)

    async def token(self, **form: str | None) -> Reply:
        """POST /token, with the client's own proof."""
        return await self.post("/token", **form)

    async def post(self, path: str, *, headers: dict[str, str] | None = None, **form: str | None) -> Reply:
        """POST a form, with the client's own proof."""
        fields = {name: value for name, value in form.items() if value is not None}
        proof, auth = self.proof()
        response = await self.home.client.post(path, data={**proof, **fields}, auth=auth, headers=headers)
        return reply(response)

    def proof(self) -> tuple[dict[str, str], Any]:
        """Fields and Basic credentials that prove who calls."""
        match self.known["auth_method"]:
            case "client_secret_basic":
                return {}, (self.client_id, self.known["client_secret"])
            case "private_key_jwt":
                return {"client_assertion_type": ASSERTION_TYPE, "client_assertion": self.assertion()}, None
            case _:
                return {"client_id": self.client_id}, None

    def assertion(self, *, header: dict[str, Any] | None = None, **changes: Any) -> str:
        """A fresh client assertion (RFC 7523); a change of None leaves a claim out."""
        now = int(self.home.clock.now().timestamp())
        claims = {
            "iss": self.client_id,
            "sub": self.client_id,
            "aud": self.home.issuer,
            "iat": now,
            "exp": now + 60,
            "jti": secrets.token_urlsafe(12),
            **changes,
        }
        kept = {name: value for name, value in claims.items() if value is not None}
        key = ECKey.import_key(self.known["jwk"])
        return jwt.encode({"alg": "ES256", **(header or {})}, kept, key)

    async def userinfo(self, access_token: str) -> Reply:
        """GET /userinfo."""
        headers = {"authorization": f"Bearer {access_token}"}
        return reply(await self.home.client.get("/userinfo", headers=headers))

    async def introspect(self, token: str) -> Reply:
        """POST /introspect."""
        return await self.post("/introspect", token=token)

    async def measures(self, access_token: str) -> Reply:
        """A business call: read the measures."""
        headers = {"authorization": f"Bearer {access_token}"}
        return reply(await self.home.client.get("/dossier/fhir/Observation", headers=headers))


def party(home: Home, client_id: str = "bench") -> Party:
    """A client of the demo."""
    return Party(home, home.party(client_id))


def challenge(verifier: str) -> str:
    """RFC 7636 §4.2."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def reply(response: httpx2.Response) -> Reply:
    """A JSON answer."""
    return Reply(response.status_code, response.json() if response.content else None, response.headers)


def code_of(reply: Reply) -> str:
    """The code of a FHIR refusal."""
    return str(reply.body["issue"][0]["details"]["coding"][0]["code"])


def claims_of(token: str) -> dict[str, Any]:
    """The claims of a token, unverified."""
    import json

    payload = token.split(".")[1]
    return dict(json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))))
