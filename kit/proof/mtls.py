"""The certificate that a caller proved to hold by TLS (RFC 8705).

Two ways it comes to us: our own TLS puts it in the ASGI scope as the TLS extension of ASGI says, or the doorman read it
from a header of one of our proxies. A header of anybody else is never looked at.
"""

import base64
import binascii
import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property, lru_cache
from typing import Any
from urllib.parse import unquote_to_bytes

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc.jwk import ECKey, OKPKey, RSAKey
from starlette.requests import Request

from kit import jose
from kit.proof import names

SCOPE = "client_certificate"
"""Where the doorman puts what a trusted proxy said: a `Said`."""
LONGEST = 16_384
"""Characters of a certificate in a header, at most."""

_KINDS: tuple[tuple[type, Any], ...] = (
    (EllipticCurvePublicKey, ECKey),
    (RSAPublicKey, RSAKey),
    (Ed25519PublicKey, OKPKey),
)


@dataclass(frozen=True, slots=True)
class Said:
    """A certificate as a bridge hands it on: not looked at before somebody asks."""

    text: str
    """PEM (percent-encoded or not), or base64 between colons (RFC 9440 §2.1)."""
    verified: bool
    """Whoever ended TLS checked its chain up to an authority of ours."""
    check: Callable[[bytes], bool] | None = None
    """How to know whether an authority of ours issued it, where nobody checked."""


@dataclass(frozen=True)
class Certificate:
    """A certificate whose key the caller holds: TLS proved that much. Who vouches for it is another question."""

    der: bytes
    verified: bool
    """True when an authority of ours vouches for it; a self-signed certificate never is."""

    @cached_property
    def thumbprint(self) -> str:
        """`x5t#S256`: base64url of the SHA-256 of the raw certificate (RFC 8705 §3.1)."""
        return base64.urlsafe_b64encode(hashlib.sha256(self.der).digest()).rstrip(b"=").decode()

    @cached_property
    def x509(self) -> x509.Certificate:
        """As the library reads it."""
        return x509.load_der_x509_certificate(self.der)

    @cached_property
    def subject(self) -> str:
        """The subject's distinguished name, as RFC 4514 writes it."""
        return self.x509.subject.rfc4514_string()

    @cached_property
    def sans(self) -> Mapping[str, frozenset[str]]:
        """Subject alternative names, normalised: under `dns`, `uri`, `ip` and `email`."""
        return names.alternatives(self.x509)

    @cached_property
    def public_jwk(self) -> dict[str, Any]:
        """Its public key (RFC 7517). Raises kit.jose.BadToken when it is of a kind that we do not take."""
        public = self.x509.public_key()
        pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        for held, kind in _KINDS:
            if isinstance(public, held):
                said: dict[str, Any] = kind.import_key(pem).as_dict(private=False)
                return {name: value for name, value in said.items() if name != "kid"}
        raise jose.BadToken("unsupported key type")

    def holds(self, now: datetime) -> bool:
        """Within its own dates."""
        return self.x509.not_valid_before_utc <= now <= self.x509.not_valid_after_utc


def presented(request: Request) -> Certificate | None:
    """The certificate of this request's caller; None when there is none, or it cannot be read."""
    scope = request.scope
    said: Said | None = scope.get(SCOPE)
    if said is None:
        tls = (scope.get("extensions") or {}).get("tls") or {}
        chain = tls.get("client_cert_chain")
        if not chain:
            return None
        said = Said(chain[0], not tls.get("client_cert_error"))
    found = _read(said.text)
    if found is None or not (said.verified or said.check) or _self_signed(found):
        return found
    verified = said.verified or (said.check is not None and said.check(found.der))
    return replace(found, verified=True) if verified else found


@lru_cache(maxsize=512)
def _read(text: str) -> Certificate | None:
    der = _der(text)
    if der is None:
        return None
    try:
        x509.load_der_x509_certificate(der).public_key()
    except (ValueError, TypeError, UnsupportedAlgorithm, x509.InvalidVersion, x509.DuplicateExtension):
        return None
    return Certificate(der, verified=False)


@lru_cache(maxsize=512)
def _self_signed(certificate: Certificate) -> bool:
    own = certificate.x509
    return own.issuer == own.subject and _issued(own, own)


def _der(text: str) -> bytes | None:
    """nginx's `$ssl_client_escaped_cert`, a plain PEM, or a byte sequence of RFC 8941 (`:…:`, RFC 9440 §2.1)."""
    text = text.strip()
    if not text or len(text) > LONGEST:
        return None
    try:
        if text.startswith(":"):
            return base64.b64decode(text.strip(":"), validate=True)
        body = unquote_to_bytes(text).decode("ascii") if "%" in text else text
        _, found, rest = body.partition("-----BEGIN CERTIFICATE-----")
        inside, ended, _ = rest.partition("-----END CERTIFICATE-----")
        return base64.b64decode("".join(inside.split()), validate=True) if found and ended else None
    except (binascii.Error, ValueError):
        return None


def names_client(certificate: Certificate, registered: Mapping[str, str]) -> bool:
    """RFC 8705 §2.1.2: the one name that a client registered is the certificate's. Its chain was verified, or False.

    `registered` holds the registry's `tls_client_auth_*` members; exactly one of them has a value.
    """
    given = {name.removeprefix("tls_client_auth_"): value for name, value in registered.items() if value}
    if not certificate.verified or len(given) != 1:
        return False
    ((kind, value),) = given.items()
    if kind == "subject_dn":
        return names.same_name(certificate.x509.subject, value)
    return names.normal(kind.removeprefix("san_"), value) in certificate.sans.get(kind.removeprefix("san_"), ())


def among(certificate: Certificate, keys: Iterable[Mapping[str, Any]]) -> bool:
    """RFC 8705 §2.2: the certificate is one of the client's, by `x5c`, or by its key where a key comes without."""
    try:
        own = certificate.public_jwk
    except jose.BadToken:
        return False
    for key in keys:
        chain = key.get("x5c")
        if chain is not None:
            if isinstance(chain, list) and chain and _same_der(chain[0], certificate.der):
                return True
        elif all(key.get(member) == value for member, value in own.items()):
            return True
    return False


def _same_der(text: object, der: bytes) -> bool:
    try:
        return isinstance(text, str) and base64.b64decode(text, validate=True) == der
    except (binascii.Error, ValueError):
        return False


def vouched_for(der: bytes, authorities: Iterable[x509.Certificate], now: datetime) -> bool:
    """One of our authorities issued it itself, for clients, and it is within its dates.

    For a proxy that hands certificates on without saying what it checked (RFC 9440).
    """
    try:
        certificate = x509.load_der_x509_certificate(der)
        if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
            return False
        if not names.for_clients(certificate):
            return False
        for authority in authorities:
            if authority.not_valid_before_utc <= now <= authority.not_valid_after_utc and _issued(
                certificate, authority
            ):
                return True
    except ValueError:
        return False
    return False


def _issued(certificate: x509.Certificate, authority: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(authority)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True
