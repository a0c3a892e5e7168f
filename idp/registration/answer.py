"""What is answered of a registration (RFC 7591 §3.2.1, RFC 7592 §3)."""

from typing import Any

from clients.records import Client
from idp.registration.wanted import NOT_THEIRS


def shown(client: Client, issuer: str, token: str, secret: str | None) -> dict[str, Any]:
    """Everything that is registered. The secret is there only in the answer that made it: a digest is kept of it."""
    said: dict[str, Any] = {
        "client_id": client.client_id,
        "client_id_issued_at": int(client.created_at.timestamp()),
        "registration_access_token": token,
        "registration_client_uri": f"{issuer}/register/{client.client_id}",
        "client_name": client.name,
        "profile": client.profile,
        "status": str(client.status),
        "redirect_uris": list(client.redirect_uris),
        "post_logout_redirect_uris": list(client.post_logout_redirect_uris),
        "grant_types": sorted(client.grant_types),
        "response_types": list(client.options.response_types),
        "application_type": client.options.application_type,
        "subject_type": client.options.subject_type,
        "token_endpoint_auth_method": str(client.auth_method),
        "id_token_signed_response_alg": client.id_token_signed_response_alg,
        "scope": " ".join(sorted(client.scope)),
        "jwks": client.jwks,
        "client_uri": client.site_uri,
        "policy_uri": client.policy_uri,
        **{name: value for name, value in client.options.to_json().items() if name not in NOT_THEIRS},
    }
    if secret is not None:
        said |= {"client_secret": secret, "client_secret_expires_at": 0}
    return {name: value for name, value in said.items() if value not in ("", None)}
