"""The way back to the app: its own redirect address, with our answer and our name (RFC 6749 §4.1.2, RFC 9207)."""

from collections.abc import Mapping
from urllib.parse import urlencode, urlsplit, urlunsplit


def location(redirect_uri: str, answer: Mapping[str, str | None], *, issuer: str) -> str:
    """The redirect address with the answer's parameters added to its query; `iss` always among them."""
    return plain_location(redirect_uri, {**answer, "iss": issuer})


def plain_location(uri: str, added_parameters: Mapping[str, str | None]) -> str:
    """An address with parameters added to its query; those that are None are left out."""
    parts = urlsplit(uri)
    added = urlencode([(k, v) for k, v in added_parameters.items() if v is not None])
    if not added:
        return uri
    query = f"{parts.query}&{added}" if parts.query else added
    return urlunsplit((parts.scheme, parts.netloc, parts.path, query, ""))
