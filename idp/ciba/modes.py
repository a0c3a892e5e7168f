"""How an app learns that its person answered (CIBA §5)."""

from collections.abc import Sequence

from clients import profiles
from clients.records import Client

GRANT_TYPE = "urn:openid:params:grant-type:ciba"
POLL, PING, PUSH = "poll", "ping", "push"
MODES = (POLL, PING, PUSH)


def algorithms(known: Sequence[str]) -> list[str]:
    """What requests may be signed with, of what is known here: never RS256 (FAPI-CIBA §7.10)."""
    return [one for one in known if one != "RS256"]


def mode(client: Client) -> str:
    """What it registered; it asks by itself when it registered nothing."""
    return client.options.backchannel_token_delivery_mode or POLL


def unfit(client: Client) -> str | None:
    """Why this client may not ask a person elsewhere; None when it may.

    FAPI-CIBA §5.2.2: confidential clients only, no push; and a token that is bound to a key cannot be sent unasked.
    """
    if GRANT_TYPE not in client.grant_types:
        return "this client may not use backchannel authentication"
    if client.public:
        return "a public client may not use backchannel authentication"
    if mode(client) == PUSH and profiles.bound(client):
        return "tokens that are bound to a key are not pushed"
    if mode(client) == PUSH and client.options.id_token_encrypted_response_alg:
        return "encrypted id tokens are not pushed"
    if mode(client) != POLL and not client.options.backchannel_client_notification_endpoint:
        return "this client has no backchannel_client_notification_endpoint"
    return None


def signs(client: Client) -> bool:
    """True when its requests are signed objects, and nothing else (FAPI-CIBA §5.2.2, CIBA §4)."""
    return profiles.of(client).pushed or bool(client.options.backchannel_authentication_request_signing_alg)
