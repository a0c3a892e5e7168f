"""What a client registered beyond the ordinary, under the names of the OAuth registry (RFC 7591 §2 and others)."""

from collections.abc import Mapping
from typing import Any, Literal

import msgspec


class Options(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, kw_only=True):
    """Kept as one JSON document; what is not said has the value below. Names are those of the specifications."""

    # How it proves who it is (OpenID Connect Registration §2, RFC 8705 §2.1.2)
    jwks_uri: str = ""
    token_endpoint_auth_signing_alg: str = ""
    tls_client_auth_subject_dn: str = ""
    tls_client_auth_san_dns: str = ""
    tls_client_auth_san_uri: str = ""
    tls_client_auth_san_ip: str = ""
    tls_client_auth_san_email: str = ""

    # What its tokens are (RFC 9449 §5.2, RFC 8705 §3.4)
    dpop_bound_access_tokens: bool = False
    tls_client_certificate_bound_access_tokens: bool = False
    access_token_format: Literal["jwt", "opaque"] = "jwt"  # noqa: S105 - our own member: RFC 9068, or a mere name

    # How it asks (RFC 9126 §6, RFC 9101 §10.5, OpenID Connect Registration §2, RFC 9396 §10)
    require_pushed_authorization_requests: bool = False
    require_signed_request_object: bool = False
    request_object_signing_alg: str = ""
    request_object_encryption_alg: str = ""
    request_object_encryption_enc: str = ""
    request_uris: tuple[str, ...] = ()
    response_types: tuple[str, ...] = ("code",)
    application_type: Literal["web", "native"] = "web"
    default_max_age: int | None = None
    require_auth_time: bool = False
    default_acr_values: tuple[str, ...] = ()
    initiate_login_uri: str = ""
    launch_uri: str = ""
    """Where the person's portal opens the app, with `iss` and `launch` (SMART App Launch 2.2 §2.0.6)."""
    authorization_details_types: tuple[str, ...] = ()
    assertion_issuers: tuple[str, ...] = ()
    """Who else's assertions about people it may bring (RFC 7523 §2.1)."""

    # How it wants to be answered (OpenID Connect Registration §2, JARM §3, RFC 9701 §6)
    subject_type: Literal["pairwise", "public"] = "pairwise"
    sector_identifier_uri: str = ""
    id_token_encrypted_response_alg: str = ""
    id_token_encrypted_response_enc: str = ""
    userinfo_signed_response_alg: str = ""
    userinfo_encrypted_response_alg: str = ""
    userinfo_encrypted_response_enc: str = ""
    authorization_signed_response_alg: str = ""
    authorization_encrypted_response_alg: str = ""
    authorization_encrypted_response_enc: str = ""
    introspection_signed_response_alg: str = ""
    introspection_encrypted_response_alg: str = ""
    introspection_encrypted_response_enc: str = ""

    # Sessions (OpenID Connect Back-Channel Logout §2.2, Front-Channel Logout §2)
    backchannel_logout_uri: str = ""
    backchannel_logout_session_required: bool = False
    frontchannel_logout_uri: str = ""
    frontchannel_logout_session_required: bool = False

    # CIBA §4
    backchannel_token_delivery_mode: Literal["", "poll", "ping", "push"] = ""
    backchannel_client_notification_endpoint: str = ""
    backchannel_authentication_request_signing_alg: str = ""
    backchannel_user_code_parameter: bool = False

    # Who it is (RFC 7591 §2): words and addresses for people
    contacts: tuple[str, ...] = ()
    logo_uri: str = ""
    tos_uri: str = ""
    software_id: str = ""
    software_version: str = ""
    software_statement: str = ""

    # A resource server that introspects (RFC 7662 §2.1): the audience that it answers for
    audience: str = ""
    may_act: tuple[str, ...] = ()
    """Clients that may act for a person with a token of this one (RFC 8693 §4.4)."""

    @property
    def opens(self) -> str:
        """Where the app can be opened from a portal; empty when it cannot."""
        return self.launch_uri or self.initiate_login_uri

    def to_json(self) -> dict[str, Any]:
        """As it is kept: only what differs from the usual."""
        kept: dict[str, Any] = msgspec.to_builtins(self)
        return kept

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "Options":
        """As it was kept. Raises msgspec.ValidationError."""
        return msgspec.convert(kept, cls)


USUAL = Options()
"""Of a client that registered nothing out of the ordinary."""
