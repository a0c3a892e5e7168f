"""Leaving for the provider and coming back: what is remembered, and what is checked before anything is believed."""

import base64
import hashlib
import secrets
from collections.abc import Mapping
from urllib.parse import urlencode

import msgspec

from sandbox.glucolink.provider import Metadata
from sandbox.glucolink.settings import GlucoLinkSettings
from sandbox.glucolink.trouble import Mistrust, Refused


class Departure(msgspec.Struct, frozen=True):
    """One departure. Its state finds it again; its nonce and verifier prove that the answer is for it."""

    kind: str
    """`link` (authorization) or `consents` (the page of the pairing)."""
    state: str
    nonce: str = ""
    verifier: str = ""
    scope: str = ""


def leave(scope: str) -> Departure:
    """A fresh departure for an authorization: state (RFC 6749 §10.12), nonce, and PKCE verifier (RFC 7636 §4.1)."""
    return Departure("link", secrets.token_urlsafe(24), secrets.token_urlsafe(24), secrets.token_urlsafe(48), scope)


def leave_for_consents() -> Departure:
    """A fresh departure for the consents page."""
    return Departure("consents", secrets.token_urlsafe(24))


def authorization_url(departure: Departure, metadata: Metadata, settings: GlucoLinkSettings) -> str:
    """Where the browser goes (RFC 6749 §4.1.1, with PKCE S256)."""
    challenge = base64.urlsafe_b64encode(hashlib.sha256(departure.verifier.encode()).digest()).rstrip(b"=").decode()
    query = {
        "response_type": "code",
        "client_id": settings.client_id,
        "redirect_uri": settings.redirect_uri,
        "scope": departure.scope,
        "state": departure.state,
        "nonce": departure.nonce,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    if "launch/patient" in departure.scope.split():
        query["aud"] = metadata.dossier  # SMART App Launch 2.2 §2.0.8
    joiner = "&" if "?" in metadata.authorization_endpoint else "?"
    return metadata.authorization_endpoint + joiner + urlencode(query)


def code_of(departure: Departure | None, query: Mapping[str, str], metadata: Metadata) -> str:
    """The code of an answer to our own request. Raises Mistrust, or Refused when the provider answers with an error.

    Whose answer it is comes first: an error too may be somebody else's (RFC 9207 §2.4).
    """
    if departure is None or departure.kind != "link":
        raise Mistrust("no request of this browser has that state")
    if (
        query.get("iss", "" if metadata.authorization_response_iss_parameter_supported else metadata.issuer)
        != metadata.issuer
    ):
        raise Mistrust("the answer is another issuer's")
    if query.get("error"):
        raise Refused(query["error"][:40], 302, query.get("error_description", "")[:200])
    if not query.get("code"):
        raise Mistrust("the answer has no code")
    return query["code"]
