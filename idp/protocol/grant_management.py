"""Grant Management for OAuth 2.0 (FAPI working group, draft 03): what an authorization request may ask of a grant.

A person and an app have one grant at a time here. `create` opens a fresh one and ends the one before; `merge` adds to
the one that is named; `replace` sets it. The refresh tokens of before end with `create` and with `replace`.
"""

import re

from clients.records import Client
from consent import scopes
from kit.problems import Refusal

CREATE, MERGE, REPLACE = "create", "merge", "replace"
REQUESTED = (CREATE, MERGE, REPLACE)
"""Values of `grant_management_action`."""
ACTIONS = ("query", "revoke", *REQUESTED)
"""For `grant_management_actions_supported` (§7.1)."""
QUERY_SCOPE, REVOKE_SCOPE = "grant_management_query", "grant_management_revoke"
SCOPES = scopes.MANAGEMENT
"""Scopes of the client's own tokens for the API (§6.1)."""
PATH = "/grants"
"""Of the API."""

_ID = re.compile(r"[A-Za-z0-9_-]{1,40}", re.ASCII)


def read(action: str | None, grant_id: str | None, client: Client) -> tuple[str, str | None]:
    """The action ("" for none) and the grant that it is about. Raises Refusal: "invalid_request", "invalid_grant_id".

    Whose grant it is can be told only once the person is known: see `belongs`.
    """
    if not action and not grant_id:
        return "", None
    if client.public:
        raise Refusal("invalid_request", "grant management is for confidential clients")
    if action not in REQUESTED:
        raise Refusal("invalid_request", f"grant_management_action is one of {' '.join(REQUESTED)}")
    if action == CREATE and grant_id:
        raise Refusal("invalid_request", "grant_id is for merge and replace: create makes a new one")
    if action != CREATE and not grant_id:
        raise Refusal("invalid_request", f"grant_id is missing: which grant is to {action}?")
    if grant_id and not _ID.fullmatch(grant_id):
        raise unknown()
    return action, grant_id or None


def belongs(asked: str | None, living: str | None) -> bool:
    """True unless the request names a grant other than the one that this person and this client have now."""
    return asked is None or asked == living


def unknown() -> Refusal:
    """§5.3: one answer for no such grant, another client's, another person's, and one that has ended."""
    return Refusal("invalid_grant_id", "grant_id is not a grant of this person with this client")
