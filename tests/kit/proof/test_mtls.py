"""Certificates: how they reach us, what they say, and whose they are (RFC 8705, RFC 9440)."""

import base64
import hashlib
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import Any
from urllib.parse import quote

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from starlette.requests import Request

from kit.proof import mtls, names
from kit.proof.mtls import Certificate, Said

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
CN, O, C = NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME, NameOID.COUNTRY_NAME  # noqa: E741


def name(*parts: tuple[Any, str]) -> x509.Name:
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in parts])


APP = name((C, "FR"), (O, "Éditeur, SAS"), (CN, "app.example.org"))
HOUSE = name((CN, "Our authority"))


def made(
    subject: x509.Name = APP,
    *,
    key: Any = None,
    issuer: x509.Name | None = None,
    by: Any = None,
    sans: list[Any] | None = None,
    since: datetime = NOW - timedelta(days=1),
    ca: bool | None = None,
    uses: list[Any] | None = None,
) -> x509.Certificate:
    key = key or ec.generate_private_key(ec.SECP256R1())
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer or subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(since)
        .not_valid_after(since + timedelta(days=30))
    )
    if sans:
        builder = builder.add_extension(x509.SubjectAlternativeName(sans), critical=False)
    if ca is not None:
        builder = builder.add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    if uses:
        builder = builder.add_extension(x509.ExtendedKeyUsage(uses), critical=False)
    return builder.sign(by or key, hashes.SHA256())


def der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.DER)


def pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(Encoding.PEM).decode()


def request(said: Said | None = None, **scope: Any) -> Request:
    if said is not None:
        scope[mtls.SCOPE] = said
    return Request({"type": "http", "method": "GET", "path": "/", "headers": [], **scope})


def held(certificate: x509.Certificate, *, verified: bool = True) -> Certificate:
    found = mtls.presented(request(Said(pem(certificate), verified)))
    assert found
    return found


def issued(subject: x509.Name = APP, **more: Any) -> x509.Certificate:
    """Of an authority, so that `verified` may be said of it."""
    return made(subject, issuer=HOUSE, by=ec.generate_private_key(ec.SECP256R1()), **more)


def test_every_way_of_writing_a_certificate_is_read() -> None:
    certificate = issued()
    colons = ":" + base64.b64encode(der(certificate)).decode() + ":"
    for text in (pem(certificate), quote(pem(certificate)), colons, pem(certificate).replace("\n", " ")):
        found = mtls.presented(request(Said(text, True)))
        assert found is not None
        assert found.der == der(certificate)
    raw = hashlib.sha256(der(certificate)).digest()
    assert found.thumbprint == base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def test_our_own_tls_says_it_as_asgi_does() -> None:
    certificate = issued()
    tls = {"client_cert_chain": [pem(certificate)], "client_cert_error": None}
    found = mtls.presented(request(extensions={"tls": tls}))
    assert found is not None
    assert found.verified
    assert mtls.presented(request(extensions={"tls": {"client_cert_chain": []}})) is None
    assert mtls.presented(request(extensions={})) is None


@pytest.mark.parametrize(
    "text",
    ["", "(null)", "::", ":AAAA:", ":é:", "-----BEGIN CERTIFICATE-----AAAA", "%ff%fe", "x" * 20_000,
     "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"],
)  # fmt: skip
def test_what_cannot_be_read_is_no_certificate(text: str) -> None:
    assert mtls.presented(request(Said(text, True))) is None


def test_no_header_makes_a_certificate() -> None:
    """Only the doorman says so, and only of what a proxy of ours sent."""
    headers = [(b"x-client-certificate", quote(pem(made())).encode()), (b"client-cert", b":AAAA:")]
    assert mtls.presented(request(headers=headers)) is None


def test_nobody_vouches_for_a_self_signed_certificate() -> None:
    assert not held(made()).verified
    assert held(issued()).verified
    assert not held(issued(), verified=False).verified


@pytest.mark.parametrize(
    "registered",
    ["CN=app.example.org,O=Éditeur\\, SAS,C=FR", "cn=App.Example.ORG, o=éditeur\\,  sas, c=fr"],
)
def test_a_registered_subject_is_compared_by_what_it_means(registered: str) -> None:
    assert mtls.names_client(held(issued()), {"tls_client_auth_subject_dn": registered})


@pytest.mark.parametrize(
    "registered",
    ["CN=app.example.org", "C=FR,O=Éditeur\\, SAS,CN=app.example.org", "CN=app.example.org,O=Autre,C=FR", "nonsense",
     "CN=app.example.org+O=Éditeur\\, SAS,C=FR", "CN=app.example.org,O=Éditeur, SAS,C=FR"],
)  # fmt: skip
def test_another_subject_is_another_client(registered: str) -> None:
    assert not mtls.names_client(held(issued()), {"tls_client_auth_subject_dn": registered})


def test_names_that_tools_write_are_understood() -> None:
    subject = name((NameOID.SERIAL_NUMBER, "42"), (NameOID.EMAIL_ADDRESS, "ops@example.org"), (CN, "app"))
    for written in ("CN=app,emailAddress=ops@example.org,serialNumber=42", "CN=app,E=ops@example.org,2.5.4.5=42"):
        assert names.same_name(subject, written)


@pytest.mark.parametrize(
    ("kind", "value", "other"),
    [
        ("dns", "APP.example.org", "example.org"),
        ("uri", "https://app.example.org/x", "https://app.example.org/X"),
        ("ip", "2001:db8:0:0::1", "2001:db8::2"),
        ("email", "ops@EXAMPLE.org", "OPS@example.org"),
    ],
)
def test_alternative_names(kind: str, value: str, other: str) -> None:
    sans = [
        x509.DNSName("app.example.org"),
        x509.UniformResourceIdentifier("https://app.example.org/x"),
        x509.IPAddress(ip_address("2001:db8::1")),
        x509.RFC822Name("ops@example.org"),
    ]
    certificate = held(issued(sans=sans))
    assert mtls.names_client(certificate, {f"tls_client_auth_san_{kind}": value})
    assert not mtls.names_client(certificate, {f"tls_client_auth_san_{kind}": other})
    assert not mtls.names_client(held(issued()), {f"tls_client_auth_san_{kind}": value})


def test_a_name_proves_nothing_unless_an_authority_vouches_for_it() -> None:
    registered = {"tls_client_auth_subject_dn": "CN=app.example.org,O=Éditeur\\, SAS,C=FR"}
    assert not mtls.names_client(held(made()), registered)
    assert not mtls.names_client(held(issued(), verified=False), registered)


def test_a_registration_names_one_thing() -> None:
    certificate = held(issued(sans=[x509.DNSName("app.example.org")]))
    both = {"tls_client_auth_subject_dn": "CN=app.example.org,O=Éditeur\\, SAS,C=FR"}
    assert not mtls.names_client(certificate, both | {"tls_client_auth_san_dns": "app.example.org"})
    assert not mtls.names_client(certificate, {"tls_client_auth_subject_dn": ""})


def test_a_self_signed_certificate_is_found_among_the_keys_of_its_client() -> None:
    own, other = held(made()), held(made())
    text = base64.b64encode(own.der).decode()
    assert mtls.among(own, [{**other.public_jwk}, {**own.public_jwk, "x5c": [text]}])
    assert mtls.among(own, [{**own.public_jwk, "kid": "k1", "use": "sig"}])
    assert not mtls.among(own, [other.public_jwk])
    assert not mtls.among(own, [{**own.public_jwk, "x5c": [base64.b64encode(other.der).decode()]}])
    assert not mtls.among(own, [{**own.public_jwk, "x5c": ["?"]}, {**own.public_jwk, "x5c": "?"}])
    assert not mtls.among(own, [])


def test_its_key_is_read_whatever_its_kind() -> None:
    assert held(made(key=rsa.generate_private_key(65537, 2048))).public_jwk["kty"] == "RSA"
    jwk = held(made()).public_jwk
    assert jwk["kty"] == "EC"
    assert "d" not in jwk


def test_an_authority_of_ours_vouches_for_what_it_issued_to_clients_only() -> None:
    key, stranger = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority = made(HOUSE, key=key, ca=True)
    good = made(APP, issuer=HOUSE, by=key)
    assert mtls.vouched_for(der(good), [authority], NOW)
    assert mtls.vouched_for(
        der(made(APP, issuer=HOUSE, by=key, uses=[ExtendedKeyUsageOID.CLIENT_AUTH])), [authority], NOW
    )
    for wrong in (
        made(APP, issuer=HOUSE, by=stranger),
        made(APP),
        made(APP, issuer=HOUSE, by=key, since=NOW - timedelta(days=60)),
        made(APP, issuer=HOUSE, by=key, ca=True),
        made(APP, issuer=HOUSE, by=key, uses=[ExtendedKeyUsageOID.SERVER_AUTH]),
    ):
        assert not mtls.vouched_for(der(wrong), [authority], NOW)
    assert not mtls.vouched_for(der(good), [], NOW)
    assert not mtls.vouched_for(b"no certificate", [authority], NOW)
    assert not mtls.vouched_for(der(good), [authority], NOW + timedelta(days=60))
