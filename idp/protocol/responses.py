"""The way back to the app: its own redirect address, with our answer and our name (RFC 6749 §4.1.2, RFC 9207)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

MODES = ("query", "fragment", "form_post", "jwt", "query.jwt", "fragment.jwt", "form_post.jwt")
"""OAuth 2.0 Multiple Response Type Encoding Practices §2.1, Form Post Response Mode, JARM §2.3."""

JWT_LIFETIME = timedelta(minutes=10)
"""JARM §2.1 recommends at most ten minutes."""

Answer = Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Destination:
    """Where and how an app is answered: both proven to be its own choice."""

    redirect_uri: str
    mode: str = "query"

    @property
    def plain(self) -> str:
        """The mode without its signature."""
        return "query" if self.mode == "jwt" else self.mode.removesuffix(".jwt")

    @property
    def signed(self) -> bool:
        """The answer is one JWT (JARM)."""
        return self.mode.endswith("jwt")


def claims(answer: Answer, *, issuer: str, client_id: str, now: datetime) -> dict[str, Any]:
    """JARM §2.1: the answer's parameters as claims, for this client, for a short time."""
    said = {name: value for name, value in answer.items() if value is not None}
    return {"iss": issuer, "aud": client_id, "exp": int((now + JWT_LIFETIME).timestamp()), **said}


def location(redirect_uri: str, answer: Answer, *, issuer: str) -> str:
    """The redirect address with the answer's parameters added to its query; `iss` always among them."""
    return plain_location(redirect_uri, {**answer, "iss": issuer})


def fragment_location(redirect_uri: str, answer: Answer) -> str:
    """The redirect address with the answer in its fragment."""
    return f"{redirect_uri}#{_encoded(answer)}"


def plain_location(uri: str, added_parameters: Answer) -> str:
    """An address with parameters added to its query; those that are None are left out."""
    added = _encoded(added_parameters)
    if not added:
        return uri
    parts = urlsplit(uri)
    query = f"{parts.query}&{added}" if parts.query else added
    return urlunsplit((parts.scheme, parts.netloc, parts.path, query, ""))


def _encoded(answer: Answer) -> str:
    return urlencode([(k, v) for k, v in answer.items() if v is not None])
