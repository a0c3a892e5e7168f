"""Our records, seen through the methods that Authlib calls."""

from typing import Any

from authlib.oauth2.rfc6749 import ClientMixin

from clients import redirects
from clients.records import AuthMethod, Client
from idp.tokens.records import Code
from idp.tokens.refresh import Presented
from kit.secrets import digest, same


class ClientView(ClientMixin):  # type: ignore[misc]
    """A client of the catalogue."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.client_id = client.client_id

    def get_client_id(self) -> str:
        """Its identifier."""
        return self.client.client_id

    def get_default_redirect_uri(self) -> str | None:
        """Its redirect address when it has only one."""
        known = self.client.redirect_uris
        return known[0] if len(known) == 1 else None

    def get_allowed_scope(self, scope: str | None) -> str:
        """What it may have of what it asks."""
        return " ".join(sorted(set((scope or "").split()) & self.client.scope))

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        """RFC 9700 §4.1.3."""
        return redirects.allowed(self.client, redirect_uri)

    def check_client_secret(self, client_secret: str) -> bool:
        """Compared by digest, in constant time."""
        return self.client.secret_digest is not None and same(digest(client_secret), self.client.secret_digest)

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        """It proves itself in the way it registered, and in no other."""
        return str(self.client.auth_method) == method

    def check_response_type(self, response_type: str) -> bool:
        """Only the code."""
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        """Among those it registered."""
        return grant_type in self.client.grant_types

    @property
    def confidential(self) -> bool:
        """It keeps a secret or a key."""
        return self.client.auth_method is not AuthMethod.NONE


class UserView:
    """The person a token is about."""

    def __init__(self, person_id: str) -> None:
        self.person_id = person_id

    def get_user_id(self) -> str:
        """Our own identifier; it never leaves the house."""
        return self.person_id


class CodeView:
    """A code that was just taken."""

    def __init__(self, code: Code) -> None:
        self.code = code

    def get_redirect_uri(self) -> str | None:
        """The address it was sent to, when the request named it (RFC 6749 §4.1.3)."""
        return self.code.redirect_uri if self.code.redirect_said else None

    def get_scope(self) -> str:
        """What was agreed."""
        return " ".join(sorted(self.code.scope))


class RefreshView:
    """A refresh token that a client brought."""

    def __init__(self, value: str, presented: Presented) -> None:
        self.value = value
        self.presented = presented

    def check_client(self, client: Any) -> bool:
        """It is this client's."""
        return bool(client.client_id == self.presented.family.client_id)

    def get_scope(self) -> str:
        """The ceiling of its family."""
        return " ".join(sorted(self.presented.family.scope))
