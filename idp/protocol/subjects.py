"""Who a person is for a client: a name that no two sectors share (OpenID Connect Core §8)."""

import hmac

from clients.records import Client

_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"
_PAIRS = [high + low for high in _ALPHABET for low in _ALPHABET]
_SHIFTS = range(150, -10, -10)


def pairwise(key: bytes, client: Client, person_id: str) -> str:
    """The person's identifier for this client's sector: stable, and meaning nothing to any other.

    32 lower-case letters and digits, so that it is a FHIR identifier too (FHIR R4 §2.24.0.1: [A-Za-z0-9\\-.]{1,64}).
    """
    sector = client.sector or client.client_id
    mark = int.from_bytes(hmac.digest(key, f"{sector}\n{person_id}".encode(), "sha256")[:20], "big")
    return "".join([_PAIRS[mark >> shift & 1023] for shift in _SHIFTS])  # RFC 4648 §6, without its loop over bytes
