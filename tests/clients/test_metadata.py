"""Does a registration hold together? Each part that can contradict another, or be what nothing can."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec.structs import replace as changed

from clients import addresses, metadata
from clients.metadata import BadMetadata
from clients.options import Options
from clients.records import AuthMethod, Client, Kind, Status
from kit import jose
from kit.secrets import digest

CIBA = "urn:openid:params:grant-type:ciba"
KEYS = {"keys": [jose.generate("ES256", "k1").as_dict(private=False)]}
BASE = Client(
    client_id="app",
    name="App",
    kind=Kind.APP,
    status=Status.REFERENCED,
    created_at=datetime(2026, 1, 1, tzinfo=UTC),
    jwks=KEYS,
    redirect_uris=("https://app.example/cb",),
)


def with_options(**said: Any) -> Client:
    return replace(BASE, options=changed(BASE.options, **said))


def test_a_plain_registration_holds_together() -> None:
    metadata.check(BASE)


@pytest.mark.parametrize(
    "client",
    [
        with_options(
            userinfo_encrypted_response_alg="RSA-OAEP-256",
            userinfo_encrypted_response_enc="A256GCM",
            userinfo_signed_response_alg="RS256",
        ),
        with_options(request_object_signing_alg="PS256", request_object_encryption_alg="ECDH-ES"),
        with_options(request_uris=("https://app.example/request#Zm9v",)),
        with_options(frontchannel_logout_uri="http://127.0.0.1/out"),
        replace(
            BASE,
            profile="compat",
            auth_method=AuthMethod.SECRET_JWT,
            secret_sealed=b"x",
            options=Options(token_endpoint_auth_signing_alg="HS256"),
        ),
        replace(
            BASE,
            redirect_uris=(),
            grant_types=frozenset({CIBA}),
            options=Options(response_types=(), backchannel_token_delivery_mode="poll"),
        ),
    ],
    ids=lambda one: str(one.options.to_json()),
)
def test_what_can_be_registered(client: Client) -> None:
    metadata.check(client)


@pytest.mark.parametrize(
    ("client", "member"),
    [
        (replace(BASE, profile="lax"), "profile"),
        (
            replace(BASE, profile="fapi2", auth_method=AuthMethod.SECRET_BASIC, secret_digest=digest("x")),
            "token_endpoint",
        ),
        (replace(BASE, id_token_signed_response_alg="none"), "id_token_signed_response_alg"),
        (replace(BASE, profile="fapi2", id_token_signed_response_alg="RS256"), "id_token_signed_response_alg"),
        (with_options(token_endpoint_auth_signing_alg="HS256"), "token_endpoint_auth_signing_alg"),
        (with_options(token_endpoint_auth_signing_alg="none"), "token_endpoint_auth_signing_alg"),
        (with_options(request_object_signing_alg="none"), "request_object_signing_alg"),
        (with_options(backchannel_authentication_request_signing_alg="HS256"), "backchannel_authentication"),
        (with_options(userinfo_signed_response_alg="none"), "userinfo_signed_response_alg"),
        (with_options(authorization_signed_response_alg="HS256"), "authorization_signed_response_alg"),
        (with_options(introspection_signed_response_alg="none"), "introspection_signed_response_alg"),
        (with_options(id_token_encrypted_response_alg="RSA1_5"), "id_token_encrypted_response_alg"),
        (with_options(id_token_encrypted_response_alg="dir"), "id_token_encrypted_response_alg"),
        (with_options(id_token_encrypted_response_enc="A128GCM"), "id_token_encrypted_response_enc"),
        (
            with_options(request_object_encryption_alg="ECDH-ES", request_object_encryption_enc="A1"),
            "request_object_encryption_enc",
        ),
        (with_options(response_types=("code", "token")), "response_types"),
        (with_options(response_types=()), "response_types"),
        (with_options(jwks_uri="https://app.example/jwks"), "jwks"),
        (replace(BASE, jwks=None, options=Options(jwks_uri="http://app.example/jwks")), "jwks_uri"),
        (with_options(initiate_login_uri="http://127.0.0.1/"), "initiate_login_uri"),
        (with_options(logo_uri="javascript:1"), "logo_uri"),
        (with_options(backchannel_logout_uri="https://u:p@app.example/"), "backchannel_logout_uri"),
        (with_options(request_uris=("http://app.example/r",)), "request_uris"),
        (with_options(request_uris=tuple(f"https://app.example/{n}" for n in range(51))), "request_uris"),
        (with_options(backchannel_token_delivery_mode="poll"), "backchannel_token_delivery_mode"),
        (
            replace(BASE, grant_types=frozenset({CIBA}), options=Options(backchannel_token_delivery_mode="ping")),
            "backchannel_client_notification_endpoint",
        ),
        (replace(BASE, redirect_uris=()), "redirect_uris"),
        (replace(BASE, redirect_uris=("https://app.example/" + "a" * addresses.LONGEST,)), "redirect_uris"),
        (replace(BASE, grant_types=frozenset({"password"})), "grant_types"),
        (replace(BASE, jwks={"keys": [{"kty": "oct", "k": "AAAA"}]}), "jwks"),
        (replace(BASE, first_party=True), "first_party"),
        (replace(BASE, auth_method=AuthMethod.TLS_CLIENT_AUTH), "tls_client_auth"),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_what_cannot_is_named_by_its_member(client: Client, member: str) -> None:
    with pytest.raises(BadMetadata) as refused:
        metadata.check(client)
    assert refused.value.member.startswith(member)
