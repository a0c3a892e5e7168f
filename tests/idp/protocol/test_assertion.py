"""A client's own assertion: what may stand in its header, and what may not."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from clients.options import Options
from clients.records import Client, Kind, Status
from idp.protocol import assertion
from kit import jose
from kit.jose import BadToken

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
KEY = jose.generate("ES256", "k1")
CLIENT = Client(
    client_id="app",
    name="App",
    kind=Kind.MACHINE,
    status=Status.REFERENCED,
    created_at=NOW,
    options=Options(jwks_uri="https://app.example/keys"),
)


def signed(**header: Any) -> str:
    claims = {"iss": "app", "sub": "app", "aud": "https://id.example", "jti": "0123456789", "exp": NOW.timestamp() + 60}
    parts = [msgspec.json.encode({"alg": "ES256", "kid": "k1", **header}), msgspec.json.encode(claims)]
    said = b".".join(jose._segment(part) for part in parts)
    return (said + b"." + jose._segment(jose.signature(said, KEY, "ES256"))).decode()


def judged(token: str, client: Client = CLIENT) -> str:
    how: dict[str, Any] = {"issuer": "https://id.example", "address": "https://id.example/token", "now": NOW}
    return assertion.verify(token, client, [KEY], most=timedelta(minutes=5), **how)[0]


def test_a_client_may_say_where_its_keys_are_when_it_registered_it_so() -> None:
    """SMART App Launch 2.2, asymmetric authentication: `jku`, when present, is the registered address."""
    assert judged(signed()) == "0123456789"
    assert judged(signed(jku="https://app.example/keys")) == "0123456789"


@pytest.mark.parametrize(
    "header",
    [
        {"jku": "https://evil.example/keys"},
        {"jku": "https://app.example/keys#"},
        {"jku": ""},
        {"jku": None},
        {"x5u": "https://app.example/keys"},
        {"jwk": KEY.as_dict(private=False)},
        {"crit": ["exp"]},
        {"b64": True},
    ],
)
def test_a_header_that_says_otherwise_is_refused_however_well_it_is_signed(header: dict[str, Any]) -> None:
    with pytest.raises(BadToken, match="header not accepted"):
        judged(signed(**header))


def test_a_client_whose_keys_are_registered_has_no_address_of_them() -> None:
    with pytest.raises(BadToken, match="jku"):
        judged(signed(jku="https://app.example/keys"), replace(CLIENT, options=Options()))
