"""How a demo is to stand: its address, its TLS, and whether it is open to a conformance suite."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
from cryptography import x509

from idp.registration.settings import RegistrationSettings
from idp.settings import IdpSettings
from kit.addresses import read as address_of
from kit.seals import Vault
from service.demo.authority import Authority
from service.demo.clients_protocol import ASKED
from service.demo.party import Suite

BANNER = "Démonstration : personnes et données inventées."
CONFORMANCE_BANNER = (
    "Démonstration ouverte à des essais de conformité : toute application peut s’y inscrire, "
    "et une personne fictive s’y connecte sans code. Personnes et données inventées."
)
UNATTENDED = "camille.essai"
"""Who signs in by a password alone, where a suite is expected."""
_OFTEN = "100000 per minute"


@dataclass(frozen=True, slots=True)
class Shape:
    """What the command line chose."""

    port: int = 8000
    issuer: str = ""
    """The address that outsiders use; localhost and the port unless it is said."""
    host: str = ""
    """An address to listen on beside this machine's own."""
    tls: bool = False
    suite: Suite | None = None

    @property
    def address(self) -> str:
        """The issuer."""
        return self.issuer or f"{'https' if self.tls else 'http'}://localhost:{self.port}"

    @property
    def banner(self) -> str:
        """What every page says."""
        return CONFORMANCE_BANNER if self.suite else BANNER

    @property
    def unattended(self) -> frozenset[str]:
        """Identifiers of those who sign in without a second proof."""
        return frozenset({UNATTENDED}) if self.suite else frozenset()

    def fault(self) -> str:
        """What of it cannot be, in words; nothing when it can."""
        parts = urlsplit(self.issuer)
        if self.issuer and (parts.scheme not in {"http", "https"} or not parts.hostname or parts.path):
            return "--issuer: a scheme, a host and a port: https://demo.test:8000"
        if parts.scheme == "http" and parts.hostname not in {"localhost", "127.0.0.1", "::1"}:
            return "--issuer: https, unless it is this machine's own address"
        if self.tls and parts.scheme == "http":
            return "--issuer: https, beside --tls"
        if self.suite and not self.suite.origin.startswith("https://"):
            return "--suite: an https address"
        return ""

    def to_json(self) -> str:
        """As the reloading server's processes hand it on."""
        return msgspec.json.encode(self).decode()

    @classmethod
    def from_json(cls, text: str) -> "Shape":
        """The same again."""
        return msgspec.json.decode(text, type=cls)


def opened(settings: IdpSettings) -> IdpSettings:
    """What a conformance suite needs of the provider: dynamic registration, and OpenID Connect Core as certified."""
    registration = RegistrationSettings(
        open=True,
        profile="compat",
        profiles=("standard", "fapi2", "compat"),
        status="referenced",
        scope=" ".join(sorted(ASKED)),
        subject_types=("pairwise", "public"),
        loopback=True,
        rate=_OFTEN,
    )
    rates = {name: _OFTEN for name in IdpSettings.__struct_fields__ if name.startswith("rate_")}
    return msgspec.structs.replace(settings, profiles=("compat",), registration=registration, **rates)


def certificates(folder: Path, vault: Vault, shape: Shape) -> dict[str, str]:
    """Write the demo's own certificates below DATA; gives the settings of the server that name them."""
    authority = Authority(vault)
    place = folder / "tls"
    place.mkdir(exist_ok=True)
    (place / "ca.pem").write_text(authority.pem)
    names: list[x509.GeneralName] = [x509.DNSName("localhost")]
    for host in dict.fromkeys(("127.0.0.1", "::1", urlsplit(shape.address).hostname or "", shape.host)):
        if host and host != "localhost":
            names.append(_name(host))
    served = authority.server(names)
    (place / "server.pem").write_text(served.certificate + authority.pem)
    key = place / "server.key"
    key.touch(mode=0o600)
    key.write_text(served.key)
    files = {"tls_certificate": "server.pem", "tls_key": "server.key", "tls_client_ca": "ca.pem"}
    return {name: str(place / file) for name, file in files.items()}


def _name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(address_of(host))
    except ValueError:
        return x509.DNSName(host)
