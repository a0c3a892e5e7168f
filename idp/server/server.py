"""The authorization server of one request: what it can do is the lists below (RFC 6749)."""

from typing import Any

from authlib.oauth2.rfc6749 import AuthorizationServer, OAuth2Error, UnsupportedGrantTypeError
from authlib.oauth2.rfc6749.grants import BaseGrant

from idp.ciba.grant import BackchannelAuthentication
from idp.device.grant import DeviceCode
from idp.server.call import Call, Reply
from idp.server.endpoints.introspection import Introspection
from idp.server.endpoints.revocation import Revocation
from idp.server.exchange import Exchange
from idp.server.grants.authorization_code import AuthorizationCode
from idp.server.grants.client_credentials import ClientCredentials
from idp.server.grants.jwt_bearer import JwtBearer
from idp.server.grants.refresh_token import RefreshToken
from idp.server.grants.token_exchange import TokenExchange
from idp.server.views import ClientView

GRANTS = (
    AuthorizationCode,
    RefreshToken,
    ClientCredentials,
    DeviceCode,
    BackchannelAuthentication,
    TokenExchange,
    JwtBearer,
)
ENDPOINTS = {endpoint.ENDPOINT_NAME: endpoint for endpoint in (Revocation, Introspection)}


class Server(AuthorizationServer):  # type: ignore[misc]
    """Authlib's server over one exchange. Each request has its own, so it is built of next to nothing."""

    def __init__(self, exchange: Exchange) -> None:
        super().__init__()
        self.exchange = exchange

    def get_token_grant(self, request: Call) -> BaseGrant:
        """The grant of the type that is asked for. Raises UnsupportedGrantTypeError."""
        for grant in GRANTS:
            if grant.check_token_endpoint(request):
                return grant(request, self)
        raise UnsupportedGrantTypeError(request.payload.grant_type)

    def create_endpoint_response(self, name: str, request: Call) -> Reply:
        """The answer of revocation or introspection."""
        self.register_endpoint(ENDPOINTS[name])
        reply: Reply = super().create_endpoint_response(name, request)
        return reply

    def query_client(self, client_id: str) -> ClientView | None:
        """The client of that identifier."""
        client = self.exchange.client(client_id)
        return ClientView(client) if client else None

    def authenticate_client(self, request: Call, methods: Any, endpoint: str = "token") -> ClientView:
        """Who is calling: proven before, by the same rules for every endpoint (`idp.server.client_auth`)."""
        proof = self.exchange.proof
        if isinstance(proof, ClientView):
            return proof
        raise proof

    def create_oauth2_request(self, request: Call) -> Call:
        """It is one already."""
        return request

    def handle_response(self, status: int, body: Any, headers: Any) -> Reply:
        """The answer, not yet sent."""
        return Reply(status, body, headers)

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        """Authlib's signals are not used: what must be journaled is written where it is decided."""

    def refuse(self, call: Call, error: OAuth2Error) -> Reply:
        """The answer to a request that cannot be served."""
        reply: Reply = self.handle_error_response(call, error)
        return reply
