"""Apps that only a conformance plan needs: there when a suite is expected (`espace demo --conformance`)."""

from datetime import datetime
from typing import Any

from clients.options import Options
from clients.records import AuthMethod
from kit.seals import Vault
from service.demo.clients_protocol import CIBA, Maker
from service.demo.party import Party, Suite
from service.portal_client import key_of, public_jwks

MTLS: dict[str, Any] = {
    "dpop_bound_access_tokens": False,
    "tls_client_certificate_bound_access_tokens": True,
}
SIGNED: dict[str, Any] = {"require_signed_request_object": True, "request_object_signing_alg": "ES256"}


def parties(vault: Vault, issuer: str, now: datetime, suite: Suite) -> list[Party]:
    """Two an audience, as the plans want them."""
    made = Maker(vault, issuer, now, suite)
    return [
        made.certified("fapi-mtls-2", "the second client of the mTLS plans"),
        *(
            made.fapi(name, "FAPI 2.0: private_key_jwt, tokens bound to a certificate", **MTLS)
            for name in ("fapi-jwt-mtls-1", "fapi-jwt-mtls-2")
        ),
        *(
            made.fapi(name, "FAPI 2.0 Message Signing: signed requests only, DPoP", **SIGNED)
            for name in ("fapi-signed-1", "fapi-signed-2")
        ),
        made.compat("compat-2", AuthMethod.SECRET_BASIC),
        *(_ciba(made, f"ciba-{mode}-{n}", mode) for mode in ("poll", "ping") for n in (1, 2)),
    ]


def _ciba(made: Maker, client_id: str, mode: str) -> Party:
    key = key_of(made.vault, f"demo: {client_id}")
    assert made.suite is not None
    told = {"backchannel_client_notification_endpoint": made.suite.at("ciba-notification-endpoint")}
    options: dict[str, Any] = {
        "response_types": (),
        "token_endpoint_auth_signing_alg": "ES256",
        "backchannel_token_delivery_mode": mode,
        "backchannel_authentication_request_signing_alg": "ES256",
        "tls_client_certificate_bound_access_tokens": True,
        **(told if mode == "ping" else {}),
    }
    client = made.client(
        client_id,
        f"Essai {client_id}",
        auth_method=AuthMethod.PRIVATE_KEY_JWT,
        jwks=public_jwks(key),
        redirect_uris=(),
        grant_types=frozenset({CIBA, "refresh_token"}),
        options=Options(**options),
    )
    return Party(client, f"FAPI-CIBA, {mode} mode", key=key, tls=made.authority.app(client_id))
