"""OAuth errors that say which of our own reasons stands behind the standard code."""

from typing import Any

from authlib.oauth2.rfc6749 import InvalidGrantError, InvalidRequestError, InvalidScopeError, OAuth2Error

from kit.problems import Refusal

__all__ = ["Gone", "InvalidRequestError", "InvalidScopeError", "InvalidTarget", "Told"]


class Told(OAuth2Error):  # type: ignore[misc]
    """A refusal of the rules, as the token endpoint says it."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(error=refusal.code, description=refusal.description)


class Gone(InvalidGrantError):  # type: ignore[misc]
    """`invalid_grant` (RFC 6749 §5.2) with a `reason` that tells an app what happened to its link.

    `consent_paused`, `consent_expired`, `consent_ended`, `space_closed`, `client_suspended`, `account_locked`,
    `session_ended`, `code_invalid`, `token_invalid`, `token_reused`.
    """

    def __init__(self, reason: str, description: str) -> None:
        super().__init__(description=description)
        self.reason = reason

    def get_body(self) -> list[tuple[str, Any]]:
        """The standard members, then `reason`."""
        return [*super().get_body(), ("reason", self.reason)]


class InvalidTarget(InvalidRequestError):  # type: ignore[misc]
    """RFC 8707 §2: no resource of ours at that address."""

    error = "invalid_target"
