"""The client of the FAPI 2.0 plans: two of them, in each way to prove oneself and to hold one's tokens."""

import secrets
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote, urlencode

from joserfc import jwt
from joserfc.jwk import ECKey

from clients.options import Options
from clients.records import AuthMethod
from service.demo.authority import Authority
from tests.browser import Browser, Page
from tests.house import Home
from tests.party import Party, Reply, reply
from tests.proofs import Prover, ec_key, enrol, registered

CERTIFICATE, VERIFIED = "x-client-certificate", "x-client-certificate-verified"
CALLBACK = "https://suite.example/test/a/espace/callback"
CALLBACKS = (CALLBACK, f"{CALLBACK}?dummy1=lorem&dummy2=ipsum")
VITAL_SIGNS = "http://terminology.hl7.org/CodeSystem/observation-category|vital-signs"
DATA = f"patient/Observation.rs?category={VITAL_SIGNS}"
RESOURCE = "/dossier/fhir/Observation"


@dataclass(frozen=True)
class Variant:
    """As the plan names them: client_auth_type, sender_constrain, openid, fapi_request_method, fapi_response_mode."""

    auth: str = "private_key_jwt"
    constrain: str = "dpop"
    openid: bool = True
    signed: bool = False
    jarm: bool = False

    def __str__(self) -> str:
        names = [self.auth, self.constrain, "openid" if self.openid else "plain_oauth"]
        return "-".join([*names, *(["signed"] if self.signed else []), *(["jarm"] if self.jarm else [])])


@dataclass
class Suite:
    """One client of the plan."""

    home: Home
    browser: Browser
    variant: Variant
    party: Party
    authority: Authority
    redirect_uri: str
    prover: Prover
    verifiers: dict[str, str] = field(default_factory=dict)

    @property
    def client_id(self) -> str:
        return self.party.client_id

    @property
    def scope(self) -> str:
        return f"openid {DATA} offline_access" if self.variant.openid else f"{DATA} offline_access"

    def certificate(self) -> dict[str, str]:
        """What the proxy says of this client's connection."""
        pem = self.authority.app(self.client_id).certificate
        return {CERTIFICATE: quote(pem), VERIFIED: "SUCCESS"}

    def headers(self, path: str, *, method: str = "POST", bound: bool = True, **proof: Any) -> dict[str, str]:
        """What goes with a request to the token endpoint, or to a resource."""
        said: dict[str, str] = {}
        if self.variant.auth == "mtls" or (bound and self.variant.constrain == "mtls"):
            said |= self.certificate()
        if bound and self.variant.constrain == "dpop":
            said["dpop"] = self.prover.proof(method, path, **proof)
        return said

    def request(self, **changes: Any) -> dict[str, Any]:
        """The parameters of an authorization request; a change of None leaves one out."""
        asked = self.party.request(
            scope=self.scope,
            redirect_uri=self.redirect_uri,
            state=secrets.token_urlsafe(12),
            response_mode="jwt" if self.variant.jarm else None,
            **({} if self.variant.openid else {"nonce": None}),
        )
        self.verifiers[asked["state"]] = self.party.verifiers[asked["state"]]
        return {name: value for name, value in {**asked, **changes}.items() if value is not None}

    def object(self, asked: dict[str, Any], *, key: ECKey | None = None, **changes: Any) -> str:
        """A signed request object; a change of None leaves a claim out."""
        now = int(self.home.clock.now().timestamp())
        claims = {"iss": self.client_id, "aud": self.home.issuer, "nbf": now, "exp": now + 300, **asked, **changes}
        kept = {name: value for name, value in claims.items() if value is not None}
        own = key or ECKey.import_key(self.party.known["jwk"])
        return jwt.encode({"alg": "ES256", "kid": own.kid}, kept, own)

    async def push(self, *, headers: dict[str, str] | None = None, **changes: Any) -> Reply:
        """POST /par, as this variant asks."""
        asked = self.request(**changes)
        said = {**self.headers("/par", bound=False), **(headers or {})}
        if self.variant.signed:
            return await self.post("/par", headers=said, request=self.object(asked), client_id=self.client_id)
        return await self.post("/par", headers=said, **asked)

    async def post(self, path: str, *, headers: dict[str, str] | None = None, **form: Any) -> Reply:
        """POST a form with this client's own proof of who it is; a value of None leaves a parameter out."""
        fields = {**self.proof(), **form}
        kept = {name: value for name, value in fields.items() if value is not None}
        return reply(await self.home.client.post(path, data=kept, headers=headers))

    def proof(self) -> dict[str, str]:
        if self.variant.auth == "mtls":
            return {"client_id": self.client_id}
        return self.party.proof()[0]

    async def open(self, urn: str, **beside: str) -> Page:
        """The browser goes to the authorization endpoint."""
        query = {"client_id": self.client_id, "request_uri": urn, **beside}
        return await self.browser.get(f"/authorize?{urlencode(query)}")

    async def through(self, page: Page, **choices: Any) -> dict[str, str]:
        """The person agrees, if they are asked; gives what came back."""
        if not page.location.startswith("https://suite.example/"):
            form = page.form("decision")
            said: dict[str, Any] = {"decision": "allow", **choices}
            if "consent" in form.choices:
                said |= {"consent": form.choices["consent"], "duration": "P3M"}
            if "scope" in form.choices:
                said["scope"] = form.choices["scope"]
            page = await self.browser.submit(page, said)
        return self.answer(page)

    def answer(self, page: Page) -> dict[str, str]:
        """What came back to the redirect address; a signed answer is opened."""
        from urllib.parse import parse_qs, urlsplit

        parts = urlsplit(page.location)
        assert page.location.startswith("https://suite.example/"), (page.status, page.location, page.text[:300])
        assert parts.fragment == ""
        said = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if "dummy1" in self.redirect_uri:
            assert (said.pop("dummy1"), said.pop("dummy2")) == ("lorem", "ipsum")
        return said

    async def code(self, **changes: Any) -> tuple[str, str]:
        """A code, and the verifier that goes with it."""
        pushed = await self.push(**changes)
        assert pushed.status == 201, pushed.body
        back = await self.through(await self.open(pushed["request_uri"]))
        if self.variant.jarm:
            back = await self.opened(back)
        assert "code" in back, back
        return back["code"], self.verifiers.get(back.get("state", ""), "") or next(reversed(self.verifiers.values()))

    async def opened(self, back: dict[str, str]) -> dict[str, Any]:
        """A signed answer (JARM), checked as the suite does."""
        from joserfc.jwk import KeySet

        assert set(back) == {"response"}
        keys = KeySet.import_key_set((await self.home.client.get("/jwks")).json())
        token = jwt.decode(back["response"], keys, algorithms=["ES256", "PS256", "EdDSA"])
        now = self.home.clock.now().timestamp()
        assert (token.claims["iss"], token.claims["aud"]) == (self.home.issuer, self.client_id)
        assert now + 10 <= token.claims["exp"] <= now + 600
        assert token.header["kid"]
        return dict(token.claims)

    async def redeem(
        self, code: str, verifier: str | None, *, headers: dict[str, str] | None = None, **changes: Any
    ) -> Reply:
        """POST /token with a code."""
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": self.redirect_uri}
        said = self.headers("/token") if headers is None else headers
        return await self.post("/token", headers=said, **{**form, "code_verifier": verifier, **changes})

    async def tokens(self, **changes: Any) -> Reply:
        """The whole way."""
        answer = await self.redeem(*await self.code(**changes))
        assert answer.status == 200, answer.body
        return answer

    async def refresh(self, token: str, *, headers: dict[str, str] | None = None, **changes: Any) -> Reply:
        """POST /token with a refresh token."""
        said = self.headers("/token") if headers is None else headers
        return await self.post("/token", headers=said, grant_type="refresh_token", refresh_token=token, **changes)

    async def resource(
        self, token: str, *, path: str = RESOURCE, headers: dict[str, str] | None = None, **more: str
    ) -> Any:
        """GET the protected resource; gives the raw answer."""
        scheme = "DPoP" if self.variant.constrain == "dpop" else "Bearer"
        said = self.headers(path, method="GET", token=token) if headers is None else headers
        return await self.home.client.get(path, headers={"authorization": f"{scheme} {token}", **said, **more})


async def client(home: Home, browser: Browser, variant: Variant, number: int, authority: Authority) -> Suite:
    """The first or the second client of a plan."""
    name, key = f"suite-{number}", ec_key()
    mtls = variant.auth == "mtls"
    options: dict[str, Any] = {"require_signed_request_object": variant.signed}
    options["dpop_bound_access_tokens"] = variant.constrain == "dpop"
    options["tls_client_certificate_bound_access_tokens"] = variant.constrain == "mtls"
    if mtls:
        options["tls_client_auth_subject_dn"] = authority.app(name).subject
    made = registered(
        home,
        name,
        key=key,
        profile="fapi2",
        redirect_uris=CALLBACKS,
        scope=frozenset({"openid", "profile", "email", "offline_access", DATA}),
        consents=frozenset({"measures:read"}),
        options=Options(**options),
    )
    if mtls:
        made = replace(made, auth_method=AuthMethod.TLS_CLIENT_AUTH)
    party = await enrol(home, made, key)
    return Suite(home, browser, variant, party, authority, CALLBACKS[number - 1], Prover(home))
