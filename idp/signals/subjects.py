"""How a person is named in a signal (RFC 9493), and how a receiver names those it does not want to hear of."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from kit.problems import Refusal
from kit.secrets import digest

FORMATS = ("iss_sub", "email", "opaque", "complex")
"""`complex` (SSF 1.0 §3.3) names the session beside the person; the others name the person alone."""
_MEMBERS = {"iss_sub": ("iss", "sub"), "email": ("email",), "opaque": ("id",)}
_LONGEST = 512


@dataclass(frozen=True, slots=True)
class Named:
    """The names that one client knows a person by."""

    issuer: str
    subject: str
    email: str | None
    """None when there is none, or when the person did not agree to tell it."""

    def sub_id(self, form: str, session_id: str | None = None) -> dict[str, Any]:
        """As the stream wants it; without an e-mail address by issuer and subject."""
        plain = {"format": "iss_sub", "iss": self.issuer, "sub": self.subject}
        if form == "email" and self.email:
            return {"format": "email", "email": self.email}
        if form == "opaque":
            return {"format": "opaque", "id": self.subject}
        if form == "complex":
            session = {"session": {"format": "opaque", "id": session_id}} if session_id else {}
            return {"format": "complex", "user": plain, **session}
        return plain

    def marks(self) -> list[str]:
        """Every mark under which a receiver may have left this person out."""
        return list(dict.fromkeys(mark(self.sub_id(form)) for form in ("iss_sub", "email", "opaque")))


def of_stream(stream_id: str) -> dict[str, Any]:
    """The stream itself (SSF 1.0 §8.1.4.1)."""
    return {"format": "opaque", "id": stream_id}


def mark(said: object) -> str:
    """What is kept of a subject that a receiver names. Raises Refusal(400).

    Whether we know anybody of that name is not told: adding and removing are not ways to ask.
    """
    if not isinstance(said, Mapping):
        raise _unreadable()
    if said.get("format") == "complex":
        return mark(said.get("user"))
    members = _MEMBERS.get(str(said.get("format")))
    if members is None:
        raise _unreadable()
    values = [said.get(member) for member in members]
    if not all(isinstance(value, str) and 0 < len(value) <= _LONGEST for value in values):
        raise _unreadable()
    if said["format"] == "email":
        values = [str(value).lower() for value in values]
    return digest(msgspec.json.encode([said["format"], *values]).decode())


def _unreadable() -> Refusal:
    return Refusal("invalid_request", "subject: iss_sub, email, opaque, or complex with a user (RFC 9493)", status=400)
