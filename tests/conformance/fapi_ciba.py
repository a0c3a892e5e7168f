"""The client of the FAPI-CIBA plan: two of them, by key or by certificate, polling or pinged, tokens always bound."""

from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote

from clients.options import Options
from clients.records import AuthMethod
from service.demo.authority import Authority
from tests.ciba import GRANT, Asker
from tests.conformance.fapi2 import CERTIFICATE, DATA, VERIFIED
from tests.house import Home
from tests.party import Reply
from tests.proofs import ec_key, enrol, registered

NOTIFICATION_TOKEN = "t" * 64


@dataclass
class Suite(Asker):
    """One client of the plan."""

    authority: Authority = field(kw_only=True)
    pinged: bool = False

    def certificate(self) -> dict[str, str]:
        """What the proxy says of this client's connection."""
        return {CERTIFICATE: quote(self.authority.app(self.client_id).certificate), VERIFIED: "SUCCESS"}

    async def post(self, path: str, *, headers: dict[str, str] | None = None, **form: Any) -> Reply:
        """A form, over this client's connection unless `headers` say otherwise."""
        return await super().post(path, headers=self.certificate() if headers is None else headers, **form)

    async def begin(self, **changes: Any) -> Reply:
        """A request as the plan makes it."""
        token = {"client_notification_token": NOTIFICATION_TOKEN} if self.pinged else {}
        return await super().begin(**{"scope": f"openid {DATA} offline_access", **token, **changes})

    async def decided(self, auth_req_id: str, action: str = "allow") -> None:
        """The suite's call of `automated_ciba_approval_url`."""
        where = f"/sandbox/ciba?auth_req_id={auth_req_id}&action={action}"
        said = await self.home.client.post(where, headers={"accept": "application/json"})
        assert said.status_code == 200, said.text
        await self.home.ground.outbox.drain()

    async def resource(self, token: str, headers: dict[str, str] | None = None) -> int:
        """A call of the protected resource; gives its status."""
        said = self.certificate() if headers is None else headers
        answer = await self.home.client.get(
            "/dossier/fhir/Observation", headers={"authorization": f"Bearer {token}", **said}
        )
        return answer.status_code


async def client(home: Home, number: int, authority: Authority, *, auth: str, notified_at: str = "") -> Suite:
    """The first or the second client."""
    name, key = f"ciba-suite-{number}", ec_key()
    options: dict[str, Any] = {
        "response_types": (),
        "token_endpoint_auth_signing_alg": "ES256" if auth == "private_key_jwt" else "",
        "backchannel_token_delivery_mode": "ping" if notified_at else "poll",
        "backchannel_client_notification_endpoint": notified_at,
        "backchannel_authentication_request_signing_alg": "ES256",
        "tls_client_certificate_bound_access_tokens": True,
    }
    if auth == "mtls":
        options["tls_client_auth_subject_dn"] = authority.app(name).subject
    made = registered(
        home,
        name,
        key=key,
        redirect_uris=(),
        grant_types=frozenset({GRANT, "refresh_token"}),
        scope=frozenset({"openid", "profile", "offline_access", DATA}),
        consents=frozenset({"measures:read"}),
        options=Options(**options),
    )
    if auth == "mtls":
        made = replace(made, auth_method=AuthMethod.TLS_CLIENT_AUTH)
    party = await enrol(home, made, key)
    return Suite(home, party.known, authority=authority, pinged=bool(notified_at))
