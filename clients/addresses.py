"""Can the addresses that a client registered be what they are registered for?"""

from collections.abc import Iterator
from urllib.parse import urlsplit

from clients import redirects
from clients.records import Client

LONGEST = 2048
"""Characters that an address may have."""
MOST = 50
"""Addresses of one kind, at most."""

_REDIRECTS = ("redirect_uris", "post_logout_redirect_uris")
_CALLED = (
    "jwks_uri",
    "sector_identifier_uri",
    "initiate_login_uri",
    "launch_uri",
    "backchannel_logout_uri",
    "frontchannel_logout_uri",
    "backchannel_client_notification_endpoint",
)
"""Addresses that we, or a person's browser, are sent to: https, or this machine's own while trying things out."""
_SHOWN = ("logo_uri", "tos_uri")
_HTTPS_ALONE = frozenset({"initiate_login_uri"})
"""OpenID Connect Core §4: https, whatever the machine."""


def faults(client: Client) -> Iterator[str]:
    """What cannot be, beginning with the name of the registration's member."""
    for name in _REDIRECTS:
        said = getattr(client, name)
        if len(said) > MOST:
            yield f"{name}: at most {MOST}"
        for uri in said:
            why = _too_long(uri) or redirects.fit_to_register(uri)
            if why:
                yield f"{name}: {uri}: {why}"
    if len(client.options.request_uris) > MOST:
        yield f"request_uris: at most {MOST}"
    for uri in client.options.request_uris:
        why = _too_long(uri) or redirects.fit_to_register(uri.partition("#")[0])
        if why:
            yield f"request_uris: {uri}: {why}"
    for name in (*_CALLED, *_SHOWN):
        yield from _one(name, getattr(client.options, name))
    for name, uri in (("policy_uri", client.policy_uri), ("client_uri", client.site_uri)):
        yield from _one(name, uri)


def hosts(client: Client) -> frozenset[str]:
    """The hosts of its redirect addresses."""
    return frozenset(urlsplit(uri).hostname or "" for uri in client.redirect_uris)


def _one(name: str, uri: str) -> Iterator[str]:
    if not uri:
        return
    why = _too_long(uri) or redirects.fit_to_register(uri)
    if why is None and name in _HTTPS_ALONE and not uri.startswith("https:"):
        why = "it must be https (OpenID Connect Core §4)"
    if why:
        yield f"{name}: {uri}: {why}"


def _too_long(uri: str) -> str | None:
    return f"it has more than {LONGEST} characters" if len(uri) > LONGEST else None
