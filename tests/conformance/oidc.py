"""The client of the OpenID Connect plans: a confidential one that sends neither PKCE nor, once, a nonce."""

import asyncio
import secrets
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2

from clients.options import Options
from clients.records import AuthMethod
from kit.secrets import digest
from tests.browser import Browser, Page
from tests.house import Home
from tests.party import Party, Reply, reply
from tests.proofs import SECRET, enrol, registered

CALLBACK = "https://suite.example/test/a/espace/callback"
LOGGED_OUT = "https://suite.example/test/a/espace/post_logout_redirect"
SCOPES = frozenset({"openid", "profile", "email", "phone", "address", "offline_access"})


@dataclass
class Relying:
    """One relying party, and its browser."""

    home: Home
    browser: Browser
    party: Party
    mode: str | None = None
    post: bool = False

    @property
    def client_id(self) -> str:
        return self.party.client_id

    def request(self, **changes: Any) -> dict[str, str]:
        """An authorization request as the Basic plan makes it; a change of None leaves a parameter out."""
        asked = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": CALLBACK,
            "scope": "openid",
            "state": secrets.token_urlsafe(12),
            "nonce": secrets.token_urlsafe(12),
            "response_mode": self.mode,
            **changes,
        }
        return {name: str(value) for name, value in asked.items() if value is not None}

    async def ask(self, browser: Browser | None = None, **changes: Any) -> Page:
        """The browser goes to the authorization endpoint."""
        return await (browser or self.browser).get(f"/authorize?{urlencode(self.request(**changes))}")

    async def through(self, page: Page, browser: Browser | None = None) -> dict[str, str]:
        """The person agrees, if they are asked; gives what came back."""
        if not self.back(page):
            said: dict[str, Any] = {"decision": "allow"}
            if "scope" in page.form("decision").choices:
                said["scope"] = page.form("decision").choices["scope"]
            page = await (browser or self.browser).submit(page, said)
        return self.answer(page)

    def back(self, page: Page) -> bool:
        """The page answers the app."""
        return page.location.startswith(CALLBACK) or any(form.action == CALLBACK for form in page.forms)

    def answer(self, page: Page) -> dict[str, str]:
        """What came back, in the mode that was asked for."""
        assert self.back(page), (page.status, page.location, page.text[:300])
        if self.mode == "form_post":
            [form] = [form for form in page.forms if form.action == CALLBACK]
            assert form.method == "post"
            return dict(form.fields)
        assert urlsplit(page.location).fragment == ""
        return {name: values[0] for name, values in parse_qs(urlsplit(page.location).query).items()}

    async def redeem(self, code: str, **changes: Any) -> Reply:
        """POST /token with a code."""
        return await self.token(grant_type="authorization_code", code=code, redirect_uri=CALLBACK, **changes)

    async def token(self, **form: Any) -> Reply:
        """POST /token."""
        kept = {name: value for name, value in form.items() if value is not None}
        if self.post:
            own = {"client_id": self.client_id, "client_secret": SECRET}
            return reply(await self.home.client.post("/token", data={**own, **kept}))
        return reply(await self.home.client.post("/token", data=kept, auth=(self.client_id, SECRET)))

    async def tokens(self, **changes: Any) -> Reply:
        """The whole way."""
        back = await self.through(await self.ask(**changes))
        assert "code" in back, back
        answer = await self.redeem(back["code"])
        assert answer.status == 200, answer.body
        return answer

    async def userinfo(self, token: str) -> httpx2.Response:
        """GET /userinfo."""
        return await self.home.client.get("/userinfo", headers={"authorization": f"Bearer {token}"})


async def relying(home: Home, browser: Browser, name: str = "basic", *, post: bool = False, **options: Any) -> Relying:
    """A client of the plan, registered as the suite's configuration says."""
    method = AuthMethod.SECRET_POST if post else AuthMethod.SECRET_BASIC
    client = registered(
        home,
        name,
        profile="compat",
        auth_method=method,
        secret_digest=digest(SECRET),
        redirect_uris=(CALLBACK,),
        post_logout_redirect_uris=(LOGGED_OUT,),
        scope=SCOPES,
        id_token_signed_response_alg="RS256",
        options=Options(**options),
    )
    return Relying(home, browser, await enrol(home, client), post=post)


async def settle() -> None:
    """Let what was delivered after the answer arrive."""
    await asyncio.sleep(0)
