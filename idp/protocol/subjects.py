"""Who a person is for a client: one name for all, or a name that no two sectors share (OpenID Connect Core §8)."""

import hmac
from urllib.parse import urlsplit

from clients.records import Client

_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"
_PAIRS = [high + low for high in _ALPHABET for low in _ALPHABET]
_SHIFTS = range(150, -10, -10)


def of(key: bytes, client: Client, person_id: str) -> str:
    """The person's identifier for this client: `pairwise` unless it registered for `public`.

    Either way it is drawn with our key from our own identifier, which never leaves the house. 32 lower-case letters and
    digits, so that it is a FHIR identifier too (FHIR R4 §2.24.0.1: [A-Za-z0-9\\-.]{1,64}).
    """
    if client.options.subject_type == "public":
        return _drawn(key, "", person_id)
    return _drawn(key, sector(client), person_id)


def sector(client: Client) -> str:
    """What a pairwise identifier is drawn from (OpenID Connect Core §8.1): never empty, so never the public name."""
    said = client.options.sector_identifier_uri
    return client.sector or (said and urlsplit(said).hostname) or client.client_id


def _drawn(key: bytes, sector: str, person_id: str) -> str:
    """Stable, and meaning nothing to who does not have the key."""
    mark = int.from_bytes(hmac.digest(key, f"{sector}\n{person_id}".encode(), "sha256")[:20], "big")
    return "".join([_PAIRS[mark >> shift & 1023] for shift in _SHIFTS])  # RFC 4648 §6, without its loop over bytes
