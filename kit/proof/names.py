"""Names in certificates, compared by what they mean (RFC 4514, RFC 4517 §4.2.15, RFC 5280 §4.2.1.6)."""

from collections import defaultdict
from collections.abc import Mapping
from ipaddress import ip_address

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_ALSO = {
    "EMAILADDRESS": NameOID.EMAIL_ADDRESS,
    "E": NameOID.EMAIL_ADDRESS,
    "SERIALNUMBER": NameOID.SERIAL_NUMBER,
    "SN": NameOID.SURNAME,
    "GN": NameOID.GIVEN_NAME,
    "TITLE": NameOID.TITLE,
    "ORGANIZATIONIDENTIFIER": NameOID.ORGANIZATION_IDENTIFIER,
    "S": NameOID.STATE_OR_PROVINCE_NAME,
}
"""Names of attributes that tools write beside those of RFC 4514 §3."""

_Parts = tuple[frozenset[tuple[str, str]], ...]


def same_name(name: x509.Name, text: str) -> bool:
    """RFC 8705 §2.1.2: `text` (RFC 4514) is that name, letters of either case and spaces counted once."""
    wanted = parse(text)
    return wanted is not None and _parts(wanted) == _parts(name)


def parse(text: str) -> x509.Name | None:
    """A distinguished name as RFC 4514 writes it; blanks after a comma are forgiven. None when it cannot be read."""
    try:
        return x509.Name.from_rfc4514_string(_upper(text), _ALSO)
    except ValueError:
        return None


def alternatives(certificate: x509.Certificate) -> Mapping[str, frozenset[str]]:
    """Subject alternative names by kind."""
    try:
        held = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, ValueError):
        return {}
    found: defaultdict[str, set[str]] = defaultdict(set)
    for name in held:
        if isinstance(name, x509.DNSName):
            found["dns"].add(normal("dns", name.value))
        elif isinstance(name, x509.UniformResourceIdentifier):
            found["uri"].add(normal("uri", name.value))
        elif isinstance(name, x509.IPAddress):
            found["ip"].add(normal("ip", str(name.value)))
        elif isinstance(name, x509.RFC822Name):
            found["email"].add(normal("email", name.value))
    return {kind: frozenset(values) for kind, values in found.items()}


def normal(kind: str, value: str) -> str:
    """One way of writing a name of that kind (`dns`, `uri`, `ip`, `email`)."""
    match kind:
        case "dns":
            return value.lower().rstrip(".")
        case "ip":
            try:
                return str(ip_address(value))
            except ValueError:
                return ""
        case "email":
            local, _, domain = value.rpartition("@")
            return f"{local}@{domain.lower()}"
        case _:
            return value


def for_clients(certificate: x509.Certificate) -> bool:
    """Meant for clients, or for anything (RFC 5280 §4.2.1.12), and not an authority itself."""
    try:
        if certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca:
            return False
    except x509.ExtensionNotFound:
        pass
    try:
        uses = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return True
    return ExtendedKeyUsageOID.CLIENT_AUTH in uses or ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE in uses


def _parts(name: x509.Name) -> _Parts:
    return tuple(
        frozenset((part.oid.dotted_string, " ".join(str(part.value).casefold().split())) for part in rdn)
        for rdn in name.rdns
    )


def _upper(text: str) -> str:
    """The same name, its attributes in capitals and without blanks between parts, as the library reads it."""
    parts, part, escaped = [], "", False
    for letter in text:
        if letter in ",+" and not escaped:
            parts.append(part.strip() if not part.endswith("\\ ") else part.lstrip())
            parts.append(letter)
            part = ""
        else:
            part += letter
        escaped = letter == "\\" and not escaped
    parts.append(part.strip() if not part.endswith("\\ ") else part.lstrip())
    return "".join(_attribute(one) for one in parts)


def _attribute(part: str) -> str:
    kind, found, value = part.partition("=")
    return f"{kind.strip().upper()}={value.lstrip()}" if found else part
