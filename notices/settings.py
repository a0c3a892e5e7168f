"""Settings of what people are sent: the mail server and the operator of text messages."""

from typing import Literal

import msgspec


class Smtp(msgspec.Struct, frozen=True, kw_only=True):
    """The mail server that takes our messages (RFC 5321)."""

    host: str = "localhost"
    port: int = 25
    tls: Literal["none", "starttls", "implicit"] = "none"
    """`none` only suits a server on the same machine or a closed network."""
    user: str = ""
    password: str = ""
    sender: str = "ne-pas-repondre@espace.invalid"
    sender_name: str = "Mon espace"
    timeout: float = 15.0
    """Seconds."""


class SmsOperator(msgspec.Struct, frozen=True, kw_only=True):
    """The HTTP address of the operator of text messages. Without an address, no text message is ever offered."""

    url: str = ""
    key: str = ""
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
