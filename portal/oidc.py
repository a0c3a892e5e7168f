"""OpenID Connect from the relying party's side: discovery, the way out and back, tokens, keys, the way to sign out.

Written over `kit.jose` rather than a client library because every instant (assertions, expiries) must come from the
house's clock: the demo's may be months ahead of the machine's.
"""

import base64
import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from joserfc.jwk import Key

from kit import jose
from kit.clock import Clock
from portal.client import Outside
from portal.settings import PortalSettings
from portal.trouble import SignedOut, SignInFailed, Unreachable

_KEPT = timedelta(minutes=10)
_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_OBJECT = dict[str, Any]
_NEEDED = ("authorization_endpoint", "token_endpoint", "jwks_uri")


@dataclass(frozen=True, slots=True)
class Leaving:
    """What a browser takes to the provider, and what we must remember until it comes back."""

    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True, slots=True)
class Tokens:
    """What the provider gave. `patient` is the launch context's (SMART App Launch §2.1.5)."""

    access: str
    expires_at: datetime
    refresh: str
    id_token: str
    patient: str


@dataclass(frozen=True, slots=True)
class Arrival:
    """Who came back: the tokens and the verified claims of the identity token."""

    tokens: Tokens
    claims: Mapping[str, Any]


def leaving() -> Leaving:
    """Fresh values, each of 256 bits or more."""
    return Leaving(secrets.token_urlsafe(32), secrets.token_urlsafe(32), secrets.token_urlsafe(48))


def challenge(verifier: str) -> str:
    """RFC 7636 §4.2, method S256."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


class Provider:
    """The provider, known by its issuer address. Its metadata and keys are kept ten minutes."""

    def __init__(
        self, settings: PortalSettings, outside: Outside, clock: Clock, key: Key, algorithm: str = "ES256"
    ) -> None:
        self._settings = settings
        self._outside = outside
        self._clock = clock
        self._key = key
        self._algorithm = algorithm
        self._metadata: tuple[datetime, Mapping[str, Any]] | None = None
        self._keys: tuple[datetime, Sequence[Key]] | None = None

    async def metadata(self) -> Mapping[str, Any]:
        """OpenID Connect Discovery §4. Raises Unreachable, also when it speaks for another issuer (§4.3)."""
        now = self._clock.now()
        if self._metadata is not None and now - self._metadata[0] < _KEPT:
            return self._metadata[1]
        found = await self._outside.get(f"{self._settings.issuer}/.well-known/openid-configuration", _OBJECT)
        if found.get("issuer") != self._settings.issuer:
            raise Unreachable("the metadata is not this issuer's")
        if any(not isinstance(found.get(name), str) for name in _NEEDED):
            raise Unreachable("the metadata lacks an endpoint")
        self._metadata = (now, found)
        return found

    async def way_out(self, leaving: Leaving, **more: str) -> str:
        """The address that the browser leaves for (OpenID Connect Core §3.1.2.1). Raises Unreachable."""
        metadata = await self.metadata()
        query = {
            "response_type": "code",
            "client_id": self._settings.client_id,
            "redirect_uri": self._settings.redirect_uri,
            "scope": self._settings.scope,
            "state": leaving.state,
            "nonce": leaving.nonce,
            "code_challenge": challenge(leaving.verifier),
            "code_challenge_method": "S256",
            **more,
        }
        return f"{metadata['authorization_endpoint']}?{urlencode(query)}"

    async def arrive(self, code: str, leaving: Leaving) -> Arrival:
        """Exchange the code and check who came (Core §3.1.3). Raises SignInFailed or Unreachable."""
        status, body = await self._token(
            {
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": self._settings.redirect_uri,
                "code_verifier": leaving.verifier,
            }
        )
        if status != 200:
            raise SignInFailed(f"the code was refused: {body.get('error', status)}")
        try:
            tokens = self._tokens(body)
            claims = await self._identity(tokens.id_token)
        except (KeyError, ValueError, TypeError, jose.BadToken) as error:
            raise SignInFailed(f"the answer cannot be trusted: {error}") from error
        if claims.get("nonce") != leaving.nonce:
            raise SignInFailed("the identity token answers another request")
        return Arrival(tokens, claims)

    async def renewed(self, tokens: Tokens) -> Tokens:
        """Fresh tokens for the old ones (RFC 6749 §6). Raises SignedOut when they are ended, or Unreachable."""
        if not tokens.refresh:
            raise SignedOut("no refresh token")
        status, body = await self._token({"grant_type": "refresh_token", "refresh_token": tokens.refresh})
        if status != 200:
            if body.get("error") in {"invalid_grant", "interaction_required", "login_required"}:
                raise SignedOut(f"refresh refused: {body['error']}")
            raise Unreachable(f"refresh answered {status} {body.get('error')}")
        try:
            return self._tokens(body, before=tokens)
        except (KeyError, ValueError, TypeError) as error:
            raise Unreachable("a token answer without its tokens") from error

    async def forget(self, tokens: Tokens) -> None:
        """Revoke the refresh token (RFC 7009): signing out here leaves no key behind. Raises Unreachable."""
        endpoint = (await self.metadata()).get("revocation_endpoint")
        if isinstance(endpoint, str) and tokens.refresh:
            fields = {"token": tokens.refresh, "token_type_hint": "refresh_token"}
            await self._outside.form(endpoint, {**fields, **self._proof()})

    async def way_to_sign_out(self, id_token: str) -> str | None:
        """RP-Initiated Logout 1.0 §2: where the browser goes to end its session at the provider too."""
        endpoint = (await self.metadata()).get("end_session_endpoint")
        if not isinstance(endpoint, str):
            return None
        query = {
            "id_token_hint": id_token,
            "client_id": self._settings.client_id,
            "post_logout_redirect_uri": self._settings.goodbye_uri,
        }
        return f"{endpoint}?{urlencode(query)}"

    async def profile(self, tokens: Tokens) -> Mapping[str, Any]:
        """The claims of the userinfo endpoint (Core §5.3). Raises a `Trouble`."""
        endpoint = (await self.metadata()).get("userinfo_endpoint")
        return await self._outside.get(endpoint, _OBJECT, token=tokens.access) if isinstance(endpoint, str) else {}

    async def _token(self, fields: Mapping[str, str]) -> tuple[int, dict[str, Any]]:
        endpoint = str((await self.metadata())["token_endpoint"])
        return await self._outside.form(endpoint, {**fields, **self._proof()})

    def _proof(self) -> dict[str, str]:
        """RFC 7523 §3: who we are, signed; the audience is the issuer and nothing else."""
        now = int(self._clock.now().timestamp())
        who = self._settings.client_id
        claims = {
            "iss": who,
            "sub": who,
            "aud": self._settings.issuer,
            "jti": secrets.token_urlsafe(16),
            "iat": now,
            "exp": now + 60,
        }
        assertion = jose.sign(claims, self._key, algorithm=self._algorithm, typ="JWT")
        return {"client_id": who, "client_assertion_type": _ASSERTION, "client_assertion": assertion}

    def _tokens(self, body: Mapping[str, Any], before: Tokens | None = None) -> Tokens:
        if str(body["token_type"]).lower() != "bearer":
            raise ValueError("not a bearer token")
        return Tokens(
            access=str(body["access_token"]),
            expires_at=self._clock.now() + timedelta(seconds=int(body.get("expires_in", 60))),
            refresh=str(body.get("refresh_token") or (before.refresh if before else "")),
            id_token=str(body.get("id_token") or (before.id_token if before else "")),
            patient=str(body.get("patient") or (before.patient if before else "")),
        )

    async def _identity(self, id_token: str) -> Mapping[str, Any]:
        """Core §3.1.3.7. Keys are fetched anew once when the token names one that we do not have."""
        try:
            return self._verified(id_token, await self._signers())
        except jose.UnknownKey:
            self._keys = None
            return self._verified(id_token, await self._signers())

    def _verified(self, id_token: str, keys: Sequence[Key]) -> Mapping[str, Any]:
        claims = jose.verify(
            id_token,
            keys,
            algorithms=("ES256", "RS256", "PS256"),
            typ=None,
            issuer=self._settings.issuer,
            audience=self._settings.client_id,
            now=self._clock.now(),
            required=("iss", "sub", "aud", "exp", "iat", "nonce"),
        )
        if isinstance(claims["aud"], list) and len(claims["aud"]) > 1 and claims.get("azp") != self._settings.client_id:
            raise jose.BadToken("issued to another party")
        return claims

    async def _signers(self) -> Sequence[Key]:
        now = self._clock.now()
        if self._keys is None or now - self._keys[0] >= _KEPT:
            found = await self._outside.get(str((await self.metadata())["jwks_uri"]), _OBJECT)
            self._keys = (now, jose.import_keys(found))
        return self._keys[1]
