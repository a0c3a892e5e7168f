"""An app that holds a key, and proves it with each request (RFC 9449)."""

from dataclasses import dataclass, field
from typing import Any

from tests.browser import Browser
from tests.kit.proof.signer import Signer
from tests.party import Party, Reply, reply

USERINFO = "/userinfo"
MEASURES = "/dossier/fhir/Observation"


@dataclass
class Holder:
    """A client of the demo with a DPoP key."""

    app: Party
    signer: Signer = field(default_factory=Signer)

    def proof(self, method: str, path: str, token: str | None = None, **changes: Any) -> str:
        """A fresh proof for an address of the house."""
        home = self.app.home
        return self.signer.proof(method, home.issuer + path, home.clock.now(), token=token, **changes)

    async def token(self, *, proof: str | None = None, **form: str | None) -> Reply:
        """POST /token with a proof."""
        return await self.app.post("/token", headers={"dpop": proof or self.proof("POST", "/token")}, **form)

    async def obtain(self, browser: Browser, *, choices: dict[str, Any] | None = None, **changes: str | None) -> Reply:
        """The whole code flow, for a person who is signed in."""
        back = await self.app.come_back(browser, await self.app.ask(browser, **changes), **(choices or {}))
        return await self.exchange(back)

    async def exchange(self, back: dict[str, str], **more: Any) -> Reply:
        """Bring the code."""
        return await self.token(
            grant_type="authorization_code",
            code=back["code"],
            redirect_uri=self.app.redirect_uri,
            code_verifier=self.app.verifiers[back.get("state", "")],
            **more,
        )

    async def refresh(self, refresh_token: str, **more: Any) -> Reply:
        """Bring a refresh token."""
        return await self.token(grant_type="refresh_token", refresh_token=refresh_token, **more)

    async def get(
        self, path: str, token: str, *, scheme: str = "DPoP", proof: str | None = "", **headers: str
    ) -> Reply:
        """A call of a resource, with a fresh proof, the one given, or none (None)."""
        said = {"authorization": f"{scheme} {token}", **headers}
        if proof is not None:
            said["dpop"] = proof or self.proof("GET", path, token)
        return reply(await self.app.home.client.get(path, headers=said))
