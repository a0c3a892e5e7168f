"""Settings of what people are sent: the mail server and the operator of text messages."""

from typing import Literal

import msgspec


class Smtp(msgspec.Struct, frozen=True, kw_only=True):
    """The mail server that takes our messages (RFC 5321)."""

    host: str = "localhost"
    """The mail server."""
    port: int = 25
    """Its port."""
    tls: Literal["none", "starttls", "implicit"] = "none"
    """`none` only suits a server on the same machine or a closed network."""
    user: str = ""
    """The name that we sign in there with; nothing when it asks for none."""
    password: str = ""
    """The password of that name."""
    sender: str = "ne-pas-repondre@espace.invalid"
    """The address that messages come from."""
    sender_name: str = "Mon espace"
    """The name shown beside it."""
    timeout: float = 15.0
    """Seconds."""


class SmsOperator(msgspec.Struct, frozen=True, kw_only=True):
    """The HTTP address of the operator of text messages. Without an address, no text message is ever offered."""

    url: str = ""
    """Where messages are handed over (POST, JSON)."""
    key: str = ""
    """What we prove ourselves with there (a bearer token)."""
    sender: str = "MonEspace"
    """At most 11 letters, shown as who it comes from."""
    timeout: float = 10.0
    """Seconds."""


class NoticeSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Both channels."""

    smtp: Smtp = Smtp()
    sms: SmsOperator = SmsOperator()
    kept: str = "P13M"
    """How long support can see that a notice was sent."""
