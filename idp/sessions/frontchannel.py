"""OpenID Connect Front-Channel Logout 1.0: pages of clients, opened unseen so that each closes what it holds here."""

from collections.abc import Iterable
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from clients.records import Client


def frames(clients: Iterable[Client], issuer: str, session_id: str) -> list[str]:
    """The address of each client that asked for one, with who we are and which session it was (§3)."""
    asked = [client.options.frontchannel_logout_uri for client in clients]
    return [_with(uri, issuer, session_id) for uri in dict.fromkeys(asked) if uri]


def _with(uri: str, issuer: str, session_id: str) -> str:
    parts = urlsplit(uri)
    query = [*parse_qsl(parts.query, keep_blank_values=True), ("iss", issuer), ("sid", session_id)]
    return urlunsplit(parts._replace(query=urlencode(query)))
