"""The demo's certification authority, and the certificates of apps that prove themselves by TLS (RFC 8705)."""

from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from kit.seals import Vault
from service.portal_client import key_of

_FROM, _UNTIL = datetime(2026, 1, 1, tzinfo=UTC), datetime(2046, 1, 1, tzinfo=UTC)
"""The demo's clock moves by years: its certificates last."""


@dataclass(frozen=True, slots=True)
class Identity:
    """A certificate and the key that goes with it, in PEM."""

    subject: str
    """As RFC 4514 writes it."""
    certificate: str
    key: str


class Authority:
    """Drawn from the demo's master key, and so are its certificates: every start finds the same ones."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._key = _tls_key(vault, "demo: authority")
        name = _name("Espace demo authority")
        self.certificate = self._sign(
            name, self._key.public_key(), name, [(x509.BasicConstraints(ca=True, path_length=0), True)]
        )

    @property
    def pem(self) -> str:
        """Its own certificate."""
        return self.certificate.public_bytes(Encoding.PEM).decode()

    def app(self, common_name: str) -> Identity:
        """The certificate and key of an app: its subject is `CN=…,O=Espace demo`."""
        return self._identity(common_name, [ExtendedKeyUsageOID.CLIENT_AUTH], None)

    def server(self, hosts: list[x509.GeneralName]) -> Identity:
        """The certificate and key that the demo answers with at these names."""
        usage = [ExtendedKeyUsageOID.SERVER_AUTH]
        return self._identity("Espace demo", usage, x509.SubjectAlternativeName(hosts))

    def _identity(
        self, common_name: str, usage: list[x509.ObjectIdentifier], names: x509.SubjectAlternativeName | None
    ) -> Identity:
        key = _tls_key(self._vault, f"demo: certificate of {common_name}")
        extensions: list[tuple[x509.ExtensionType, bool]] = [
            (x509.BasicConstraints(ca=False, path_length=None), True),
            (x509.ExtendedKeyUsage(usage), False),
            (x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), False),
            *([(names, False)] if names else []),
        ]
        made = self._sign(_name(common_name), key.public_key(), self.certificate.subject, extensions)
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
        pem = made.public_bytes(Encoding.PEM).decode()
        return Identity(made.subject.rfc4514_string(), pem, private)

    def _sign(
        self,
        subject: x509.Name,
        key: ec.EllipticCurvePublicKey,
        issuer: x509.Name,
        extensions: list[tuple[x509.ExtensionType, bool]],
    ) -> x509.Certificate:
        built = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key)
        built = built.not_valid_before(_FROM).not_valid_after(_UNTIL)
        identifier = x509.SubjectKeyIdentifier.from_public_key(key)
        built = built.serial_number(int.from_bytes(identifier.digest[:16], "big") >> 1)
        for extension, critical in [*extensions, (identifier, False)]:
            built = built.add_extension(extension, critical)
        return built.sign(self._key, hashes.SHA256(), ecdsa_deterministic=True)


def _name(common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Espace demo"),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def _tls_key(vault: Vault, purpose: str) -> ec.EllipticCurvePrivateKey:
    key = key_of(vault, purpose).get_op_key("sign")
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError("not a private key")
    return key
