"""The provider as an app sees it: discovered from its address, spoken to in standard OAuth and OpenID Connect."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx2
import msgspec

from kit import jose
from kit.clock import Clock
from sandbox.glucolink.settings import GlucoLinkSettings
from sandbox.glucolink.trouble import Mistrust, Refused, Unreachable

_FRESH = timedelta(minutes=10)
_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_decode = msgspec.json.Decoder(dict[str, Any]).decode


class Metadata(msgspec.Struct, frozen=True):
    """What we use of the discovery document (RFC 8414 §2, OpenID Connect Discovery §3)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    revocation_endpoint: str = ""
    code_challenge_methods_supported: tuple[str, ...] = ()
    authorization_response_iss_parameter_supported: bool = False
    protected_resources: tuple[str, ...] = ()
    pairing_endpoint: str = ""

    @property
    def pairings(self) -> str:
        """Where a pairing is asked for (R158)."""
        return self.pairing_endpoint or f"{self.issuer}/pairings"

    @property
    def dossier(self) -> str:
        """The FHIR base of the measures: the one that is announced (RFC 9728 §4), or its usual place."""
        announced = [resource for resource in self.protected_resources if resource.endswith("/dossier/fhir")]
        return announced[0] if announced else f"{self.issuer}/dossier/fhir"


@dataclass(frozen=True, slots=True)
class Tokens:
    """What the token endpoint gave (RFC 6749 §5.1)."""

    access_token: str
    access_until: datetime
    refresh_token: str | None
    scope: str
    patient: str | None
    id_token: str | None


class Provider:
    """One provider. Every request leaves from here; nothing is retried silently."""

    def __init__(self, settings: GlucoLinkSettings, http: httpx2.AsyncClient, clock: Clock) -> None:
        self.settings = settings
        self._http = http
        self._clock = clock
        self._key = jose.import_key(settings.private_jwk) if settings.private_jwk else None
        self._metadata: tuple[datetime, Metadata] | None = None
        self._keys: list[Any] = []

    async def metadata(self) -> Metadata:
        """The discovery document, at most ten minutes old. Raises Unreachable or Mistrust."""
        now = self._clock.now()
        if self._metadata and abs(now - self._metadata[0]) < _FRESH:
            return self._metadata[1]
        body = await self.call("GET", f"{self.settings.issuer}/.well-known/openid-configuration")
        try:
            found = msgspec.convert(body, Metadata)
        except msgspec.ValidationError as error:
            raise Unreachable("the discovery document cannot be read") from error
        if found.issuer != self.settings.issuer:
            raise Mistrust("the discovery document is another issuer's")  # OpenID Connect Discovery §4.3
        if "S256" not in found.code_challenge_methods_supported:
            raise Mistrust("the provider does not announce PKCE with S256")
        self._metadata = now, found
        return found

    async def exchange(self, code: str, verifier: str) -> Tokens:
        """A code for tokens (RFC 6749 §4.1.3, RFC 7636 §4.5). Raises Refused, Unreachable."""
        return await self._tokens(
            grant_type="authorization_code",
            code=code,
            code_verifier=verifier,
            redirect_uri=self.settings.redirect_uri,
        )

    async def refresh(self, refresh_token: str) -> Tokens:
        """New tokens; the old refresh token has then had its use (RFC 6749 §6). Raises Refused, Unreachable."""
        return await self._tokens(grant_type="refresh_token", refresh_token=refresh_token)

    async def revoke(self, token: str) -> None:
        """RFC 7009. Raises Refused, Unreachable."""
        endpoint = (await self.metadata()).revocation_endpoint
        if endpoint:
            form = {"token": token, "token_type_hint": "refresh_token", **await self._proof()}
            await self.call("POST", endpoint, form=form)

    async def check_id_token(self, id_token: str | None, nonce: str) -> Mapping[str, Any]:
        """The claims of our own id token (OpenID Connect Core §3.1.3.7). Raises Mistrust, Unreachable."""
        if not id_token:
            raise Mistrust("no id token came")
        try:
            claims = await self._id_claims(id_token)
        except jose.BadToken as error:
            raise Mistrust(f"the id token is not acceptable: {error}") from error
        if claims.get("azp", self.settings.client_id) != self.settings.client_id:
            raise Mistrust("the id token is for another client")
        if not isinstance(claims.get("nonce"), str) or not secrets.compare_digest(claims["nonce"], nonce):
            raise Mistrust("the id token answers another request")
        return claims

    async def call(
        self,
        method: str,
        url: str,
        *,
        form: Mapping[str, str] | None = None,
        json: Any = None,
        bearer: str | None = None,
        content_type: str = "application/json",
    ) -> dict[str, Any]:
        """One request. Gives the JSON object of a success ({} when there is none). Raises Refused, Unreachable."""
        headers = {"accept": "application/fhir+json, application/json"}
        content: bytes | None = None
        if bearer:
            headers["authorization"] = f"Bearer {bearer}"
        if json is not None:
            headers["content-type"] = content_type
            content = msgspec.json.encode(json)
        try:
            answer = await self._http.request(method, url, data=form, content=content, headers=headers)
        except httpx2.HTTPError as error:
            raise Unreachable(type(error).__name__) from error
        if answer.is_success:
            return _object(answer.content)
        if answer.status_code >= 500 or answer.is_redirect:
            raise Unreachable(f"status {answer.status_code}")
        raise refusal(answer.status_code, answer.content)

    async def _tokens(self, **form: str) -> Tokens:
        asked_at = self._clock.now()
        body = await self.call("POST", (await self.metadata()).token_endpoint, form={**form, **await self._proof()})
        access, kind, lifetime = body.get("access_token"), body.get("token_type"), body.get("expires_in", 60)
        if not isinstance(access, str) or str(kind).lower() != "bearer" or not isinstance(lifetime, int):
            raise Unreachable("the token answer cannot be read")
        return Tokens(
            access_token=access,
            access_until=asked_at + timedelta(seconds=lifetime),
            refresh_token=body.get("refresh_token"),
            scope=str(body.get("scope", "")),
            patient=body.get("patient"),
            id_token=body.get("id_token"),
        )

    async def _proof(self) -> dict[str, str]:
        """private_key_jwt (RFC 7523 §3): signed by our key, for this provider, for a minute, once."""
        if self._key is None:
            raise Refused("token_invalid", 401, "no key of this client to ask for another token with")
        at = int(self._clock.now().timestamp())
        me = self.settings.client_id
        claims = {
            "iss": me,
            "sub": me,
            "aud": self.settings.issuer,
            "jti": secrets.token_urlsafe(16),
            "iat": at,
            "exp": at + 60,
        }
        return {
            "client_id": me,
            "client_assertion_type": _ASSERTION,
            "client_assertion": jose.sign(claims, self._key, algorithm="ES256", typ="JWT"),
        }

    async def _id_claims(self, id_token: str) -> dict[str, Any]:
        try:
            return self._verified(id_token)
        except jose.UnknownKey:
            body = await self.call("GET", (await self.metadata()).jwks_uri)
            self._keys = jose.import_keys(body)
            return self._verified(id_token)

    def _verified(self, id_token: str) -> dict[str, Any]:
        return jose.verify(
            id_token,
            self._keys,
            algorithms=("ES256",),
            typ=None,
            issuer=self.settings.issuer,
            audience=self.settings.client_id,
            now=self._clock.now(),
            required=("iss", "sub", "aud", "exp", "iat", "nonce"),
        )


def refusal(status: int, body: bytes) -> Refused:
    """A refusal of OAuth (`error`, more exactly `reason`), of RFC 9457 (`code`), or of FHIR (OperationOutcome)."""
    said = _object(body, lenient=True)
    if said.get("resourceType") == "OperationOutcome":
        first = next(iter(said.get("issue") or [{}]))
        code, words = issue_code(first), first.get("diagnostics", "")
    else:
        code = said.get("reason") or said.get("code") or said.get("error") or "refused"
        words = said.get("error_description") or said.get("title") or ""
    return Refused(str(code), status, str(words), said)


def issue_code(issue: Mapping[str, Any]) -> str:
    """The provider's own word for an issue of an OperationOutcome, or FHIR's."""
    coding = next(iter(issue.get("details", {}).get("coding") or [{}]))
    return str(coding.get("code") or issue.get("code") or "refused")


def _object(body: bytes, lenient: bool = False) -> dict[str, Any]:
    if not body:
        return {}
    try:
        return _decode(body)
    except msgspec.MsgspecError as error:
        if lenient:
            return {}
        raise Unreachable("the answer is not a JSON object") from error
