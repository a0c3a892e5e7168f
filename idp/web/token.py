"""The back-channel endpoints: token (RFC 6749 §3.2), revocation (RFC 7009), introspection (RFC 7662)."""

from starlette.requests import Request
from starlette.responses import Response

from idp.server import quick
from idp.server.bridge import answer


async def token(request: Request) -> Response:
    """POST /token."""
    return await answer(
        request, lambda server, call: server.create_token_response(call), quick.for_token, "id_token", bound=True
    )


async def revoke(request: Request) -> Response:
    """POST /revoke."""
    return await answer(
        request, lambda server, call: server.create_endpoint_response("revocation", call), quick.by_ledger
    )


async def introspect(request: Request) -> Response:
    """POST /introspect."""
    return await answer(
        request,
        lambda server, call: server.create_endpoint_response("introspection", call),
        quick.for_introspection,
        "introspection",
    )
