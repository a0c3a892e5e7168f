"""May this client be answered at that address?"""

import re
from urllib.parse import urlsplit

from clients.records import Client

_LOOPBACK = {"127.0.0.1", "[::1]", "::1"}
_STRANGE = re.compile(r"[\x00-\x20\\\x7f-\uffff]")


def allowed(client: Client, uri: str) -> bool:
    """RFC 9700 §4.1.3: the address is, character for character, one that was registered.

    The one exception is RFC 8252 §7.3: a public app on the person's own machine may listen on any port of the loopback
    address (never of "localhost").
    """
    if uri in client.redirect_uris:
        return True
    return client.public and any(_same_but_port(known, uri) for known in client.redirect_uris)


def fit_to_register(uri: str) -> str | None:
    """Why an address cannot be registered, or None when it can."""
    if _STRANGE.search(uri):
        return "it holds a character that an address cannot have"
    try:
        parts = urlsplit(uri)
        port = parts.port
    except ValueError:
        return "it cannot be read"
    if "#" in uri:
        return "it has a fragment (RFC 6749 §3.1.2)"
    if "@" in parts.netloc:
        return "it holds a user name"
    if ".." in parts.path.split("/"):
        return "its path goes up"
    if not parts.hostname:
        return "it has no host"
    if parts.scheme == "http" and parts.hostname not in {"127.0.0.1", "::1", "localhost"}:
        return "it must be https (http is for the loopback address only)"
    if parts.scheme not in {"http", "https"}:
        return "its scheme is neither https nor loopback http"
    if port == 0:
        return "its port is 0"
    return None


def _same_but_port(known: str, uri: str) -> bool:
    if _STRANGE.search(uri) or "@" in uri:
        return False
    try:
        ours, theirs = urlsplit(known), urlsplit(uri)
        _ = theirs.port
    except ValueError:
        return False
    if ours.scheme != "http" or ours.hostname not in _LOOPBACK:
        return False
    rest = (ours.scheme, ours.hostname, ours.path, ours.query)
    return rest == (theirs.scheme, theirs.hostname, theirs.path, theirs.query) and "#" not in uri
