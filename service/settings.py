"""Everything a deployment may choose, one section a package, and what production refuses."""

import base64
import binascii
import os
from collections.abc import Iterator, Mapping
from datetime import timedelta
from importlib.util import find_spec
from ipaddress import ip_network
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import msgspec

from clients.profiles import PROFILES
from consent import scopes
from consent.settings import ConsentSettings
from idp.settings import IdpSettings
from keys.settings import KeySettings
from kit import jose, jwe
from kit import settings as reader
from kit.fetch import FetchSettings
from kit.problems import Refusal
from kit.settings import BadSettings
from notices.settings import NoticeSettings
from portal.settings import PortalSettings

ROOT = Path(__file__).resolve().parents[1]
"""Where the templates, the static files and the migrations are."""

_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


class DatabaseSettings(msgspec.Struct, frozen=True):
    """Where everything durable is kept."""

    url: str = "sqlite:///var/espace.db"
    """`sqlite:///FILE` or `postgresql://USER:PASSWORD@HOST:PORT/NAME`. `DATABASE_URL` is understood too."""
    pool_size: int = 8
    """Connections kept open by one process."""
    synchronous: Literal["FULL", "NORMAL", "OFF"] = "FULL"
    """SQLite only. FULL loses nothing at a power cut, NORMAL nothing at a crash of the process."""


class ServerSettings(msgspec.Struct, frozen=True):
    """How requests reach the provider."""

    host: str = "127.0.0.1"
    """Address to listen on."""
    port: int = 8000
    """Port to listen on. `PORT` is understood too."""
    workers: int = 1
    """Server processes. More than one needs rate limits that they share."""
    trusted_proxies: tuple[str, ...] = ()
    """Networks of our reverse proxies: only from them is `X-Forwarded-For` believed."""
    client_certificate_header: str = ""
    """Header in which our reverse proxies hand on a client's certificate: percent-encoded PEM (`X-Client-Certificate`),
    or `Client-Cert` as RFC 9440 has it. From anybody else it is not looked at."""
    client_certificate_verified_header: str = ""
    """Header in which they say `SUCCESS` when they checked its chain (`X-Client-Certificate-Verified`). Without one, we
    check that `tls_client_ca` issued it."""
    client_certificate_origin: str = ""
    """Address where apps come with a certificate, when it is not the issuer's: https://id.example.org:9443."""
    tls_certificate: str = ""
    """Our own TLS, where no reverse proxy ends it: file of the certificate chain (PEM)."""
    tls_key: str = ""
    """File of its key (PEM)."""
    tls_client_ca: str = ""
    """File of the authorities (PEM) whose client certificates we take. Never an app's own certificate: it could vouch
    for others. Self-signed ones come by a reverse proxy."""
    metrics_readers: tuple[str, ...] = ("127.0.0.0/8", "::1/128")
    """Networks that may read `/metrics`."""
    graceful_stop: timedelta = timedelta(seconds=20)
    """Requests under way are given this long to end when the server stops."""
    background: bool = True
    """Deliver and purge inside the server process (embedded shape). False where `espace worker` does it."""
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    """Below this, nothing is written."""
    log_requests: bool = True
    """One line a request."""


class WorkerSettings(msgspec.Struct, frozen=True):
    """What is done from time to time, by the server (embedded) or by `espace worker`."""

    purge_every: timedelta = timedelta(minutes=5)
    """Short-lived rows past their date are removed this often."""
    purge_batch: int = 1_000
    """Rows removed by one statement, at most: a purge never holds the database for long."""
    keys_every: timedelta = timedelta(minutes=10)
    """How often the rotation of signing keys is looked at."""
    outbox_every: timedelta = timedelta(seconds=1)
    """How often deliveries written by other processes are looked for."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """The whole. In a TOML file each section is a table; in the environment, `ESPACE_SECTION__NAME`."""

    issuer: str = "http://localhost:8000"
    """The provider's address, as everyone outside writes it; no final slash."""
    master_key: str = ""
    """32 random bytes in base64: what signing keys, sealed data and cookies hang on. Better given as a file."""
    master_key_file: str = ""
    """File that holds the master key (`espace keys master FILE` makes one)."""
    limits_url: str = "memory://"
    """Where throttles count: `memory://` (this process) or `redis://HOST:PORT/0` (shared)."""
    database: DatabaseSettings = DatabaseSettings()
    server: ServerSettings = ServerSettings()
    worker: WorkerSettings = WorkerSettings()
    keys: KeySettings = KeySettings()
    consent: ConsentSettings = ConsentSettings()
    idp: IdpSettings = IdpSettings()
    notices: NoticeSettings = NoticeSettings()
    portal: PortalSettings = PortalSettings()
    outside: FetchSettings = FetchSettings()

    def master(self) -> bytes:
        """The master key. Raises BadSettings when there is none or it is too short."""
        text = self.master_key
        if self.master_key_file:
            try:
                text = Path(self.master_key_file).read_text().strip()
            except OSError as error:
                raise BadSettings(f"master_key_file: {self.master_key_file}: {error.strerror}") from error
        if not text:
            raise BadSettings("master_key_file: missing. Make one with: espace keys master FILE")
        try:
            key = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError) as error:
            raise BadSettings("master_key: not base64") from error
        if len(key) < 32:
            raise BadSettings("master_key: at least 32 bytes are needed, in base64")
        return key


def read(file: Path | None = None, environ: Mapping[str, str] | None = None) -> Settings:
    """Settings from a TOML file and the environment (`ESPACE_…`, `DATABASE_URL`, `PORT`). Raises BadSettings."""
    given = dict(os.environ if environ is None else environ)
    if file is None and given.get("ESPACE_CONFIG"):
        file = Path(given["ESPACE_CONFIG"])
    ours = {name: value for name, value in given.items() if _is_setting(name)}
    for plain, name in (("DATABASE_URL", "ESPACE_DATABASE__URL"), ("PORT", "ESPACE_SERVER__PORT")):
        if given.get(plain):
            ours.setdefault(name, given[plain])
    return reader.load(Settings, file=file, environ=ours)


def _is_setting(name: str) -> bool:
    return (
        name.startswith("ESPACE_") and not name.startswith(("ESPACE_TEST_", "ESPACE_DEMO_")) and name != "ESPACE_CONFIG"
    )


def check(settings: Settings) -> None:
    """Raises BadSettings, naming every value that a real deployment must not have."""
    found = [*faults(settings)]
    if found:
        raise BadSettings("\n".join(found))


def faults(settings: Settings) -> Iterator[str]:
    """What is unsafe or cannot work, in words that start with the setting's name."""
    yield from _issuer(settings.issuer)
    try:
        settings.master()
    except BadSettings as error:
        yield str(error)
    scheme = settings.database.url.partition(":")[0].partition("+")[0]
    if scheme not in {"sqlite", "postgresql", "postgres"}:
        yield "database.url: sqlite:///FILE or postgresql://USER:PASSWORD@HOST:PORT/NAME"
    if settings.server.workers > 1 and settings.limits_url.startswith("memory"):
        yield "limits_url: several workers must share their throttles: redis://HOST:PORT/0"
    if not settings.limits_url.startswith(("memory:", "redis:", "rediss:")):
        yield "limits_url: memory:// or redis://HOST:PORT/0"
    if not 0 < settings.server.port < 65536:
        yield "server.port: between 1 and 65535"
    yield from _certificates(settings.server)
    for name in ("trusted_proxies", "metrics_readers"):
        for network in getattr(settings.server, name):
            try:
                ip_network(network)
            except ValueError:
                yield f"server.{name}: {network} is not a network (write for instance 10.0.0.0/8)"
    yield from _outside(settings)
    yield from _registration(settings)
    yield from _keys(settings.keys)


def _keys(settings: KeySettings) -> Iterator[str]:
    if not settings.algorithms or settings.algorithms[0] != "ES256":
        yield "keys.algorithms: ES256 comes first: access tokens are signed with it"
    for name, chosen, known in (
        ("algorithms", settings.algorithms, jose.ALGORITHMS),
        ("encryption", settings.encryption, jwe.ALGORITHMS),
        ("pkcs11.algorithms", settings.pkcs11.algorithms, jose.ALGORITHMS),
    ):
        for unknown in sorted(set(chosen) - set(known)):
            yield f"keys.{name}: {unknown} is not one of {', '.join(known)}"
    if settings.announce_for < settings.jwks_max_age + 2 * settings.refresh_every:
        yield "keys.announce_for: longer than others may cache our key set (keys.jwks_max_age)"
    if settings.pkcs11.module:
        for name in ("module", "pin_file"):
            file = getattr(settings.pkcs11, name)
            if not Path(file).is_file():
                yield f"keys.pkcs11.{name}: {file or 'nothing'} is not a file"
        if find_spec("pkcs11") is None:
            yield "keys.pkcs11.module: the package python-pkcs11 is not installed"


def _outside(settings: Settings) -> Iterator[str]:
    if settings.outside.loopback and urlsplit(settings.issuer).hostname not in _LOOPBACK:
        yield "outside.loopback: only for a provider on this machine (localhost)"
    for network in settings.outside.allowed_networks:
        try:
            ip_network(network)
        except ValueError:
            yield f"outside.allowed_networks: {network} is not a network (write for instance 10.0.0.0/8)"
    if settings.outside.ca_file and not Path(settings.outside.ca_file).is_file():
        yield f"outside.ca_file: {settings.outside.ca_file} is not a file"


def _certificates(server: ServerSettings) -> Iterator[str]:
    if bool(server.tls_certificate) != bool(server.tls_key):
        yield "server.tls_key: tls_certificate and tls_key go together"
    for name in ("tls_certificate", "tls_key", "tls_client_ca"):
        file = getattr(server, name)
        if file and not Path(file).is_file():
            yield f"server.{name}: {file} is not a file"
    if server.client_certificate_header and not server.trusted_proxies:
        yield "server.client_certificate_header: name the proxies that may send it in trusted_proxies"
    origin = server.client_certificate_origin
    if origin and (not origin.startswith("https://") or origin.count("/") != 2):
        yield "server.client_certificate_origin: https and a host, perhaps a port; no path"


def _registration(settings: Settings) -> Iterator[str]:
    chosen, served = settings.idp.registration, settings.idp.profiles
    for name in served:
        if name not in PROFILES or not PROFILES[name].optional:
            optional = ", ".join(one.name for one in PROFILES.values() if one.optional)
            yield f"idp.profiles: {name} is not an optional profile (there is: {optional})"
    for name in dict.fromkeys((chosen.profile, *chosen.profiles)):
        if name not in PROFILES:
            yield f"idp.registration.profiles: {name} is not a profile (there are: {', '.join(PROFILES)})"
        elif PROFILES[name].optional and name not in served:
            yield f"idp.registration.profiles: {name} is not served: name it in idp.profiles too"
    if chosen.open and chosen.status == "referenced":
        yield "idp.registration.status: candidate where registration is open, or anybody's client exchanges data"
    if chosen.loopback and urlsplit(settings.issuer).hostname not in _LOOPBACK:
        yield "idp.registration.loopback: only for a provider on this machine (localhost)"
    for line in chosen.software_issuers:
        issuer, found, keys = line.partition("=")
        if not found or not issuer.strip() or not keys.strip():
            yield f"idp.registration.software_issuers: {line}: write ISSUER=JWKS"
        elif not keys.strip().startswith("https:") and not Path(keys.strip()).is_file():
            yield f"idp.registration.software_issuers: {keys.strip()} is neither an https address nor a file"
    try:
        scopes.read(chosen.scope)
    except Refusal as refusal:
        yield f"idp.registration.scope: {refusal.description}"


def _issuer(issuer: str) -> Iterator[str]:
    parts = urlsplit(issuer)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        yield "issuer: an https address is needed"
        return
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
        yield "issuer: http is only for this machine (localhost): use https"
    if parts.query or parts.fragment or parts.path:
        yield "issuer: no path, no final slash, no query"
