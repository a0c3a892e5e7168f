"""What the provider announces of registration (OpenID Connect Discovery §3, RFC 8414 §2)."""

from typing import Any

from idp.protocol.metadata import Facts


def announced(known: Facts) -> dict[str, Any]:
    """The address is there whether registration is open or by invitation."""
    return {"registration_endpoint": f"{known.issuer}/register"}
