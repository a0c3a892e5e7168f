"""What an app asks of a person who is elsewhere (CIBA §7.1), as a value."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from clients.records import Client
from idp.ciba import modes
from idp.decoupled.asking import Lists, one
from kit.problems import Refusal

HINTS = ("login_hint", "id_token_hint", "login_hint_token")
OF_THE_CLIENT = frozenset({"client_id", "client_secret", "client_assertion", "client_assertion_type"})
LONGEST_MESSAGE = 64
"""Characters of a binding message: what one compares at a glance, on two screens."""
_MESSAGE = re.compile(r"[A-Za-z0-9À-ÖØ-öø-ÿŒœ €.,:;!?'’()/+#*=\-]+")
_NOTIFICATION = re.compile(r"[A-Za-z0-9\-._~+/]{16,1024}=*")
_SECONDS = re.compile(r"\d{1,6}")
_SHORTEST = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class Asked:
    """The parts of a request that are CIBA's own; the rest is as at the authorization endpoint."""

    hint_kind: str
    hint: str
    binding_message: str
    lifetime: timedelta
    notification_token: str


def unsigned(form: Mapping[str, str]) -> frozenset[str]:
    """The parameters that stand beside a signed request: there must be none (CIBA §7.1.1)."""
    return frozenset(form) - OF_THE_CLIENT - {"request"}


def read(lists: Lists, client: Client, *, usual: timedelta, most: timedelta) -> Asked:
    """Raises Refusal with the error of CIBA §13."""
    for name in (*HINTS, "binding_message", "requested_expiry", "client_notification_token", "user_code"):
        if len(lists.get(name, ())) > 1:
            raise Refusal("invalid_request", f"{name} is given more than once")
    if "openid" not in (one(lists, "scope") or "").split():
        raise Refusal("invalid_scope", "scope must have openid")
    kind, hint = _hint(lists)
    return Asked(
        kind, hint, _message(one(lists, "binding_message")), _lifetime(lists, usual, most), _token(lists, client)
    )


def _hint(lists: Lists) -> tuple[str, str]:
    given = [(name, value) for name in HINTS if (value := one(lists, name))]
    if len(given) != 1:
        raise Refusal("invalid_request", "exactly one of login_hint, id_token_hint and login_hint_token")
    if given[0][0] == "login_hint_token":
        raise Refusal("invalid_request", "login_hint_token is not supported: use login_hint or id_token_hint")
    return given[0]


def _message(said: str | None) -> str:
    """CIBA §7.1: shown on both devices, so short and plain. Raises Refusal("invalid_binding_message")."""
    if said is None:
        return ""
    if len(said) > LONGEST_MESSAGE:
        raise Refusal("invalid_binding_message", f"binding_message is longer than {LONGEST_MESSAGE} characters")
    if not _MESSAGE.fullmatch(said) or "://" in said or "//" in said:
        raise Refusal("invalid_binding_message", "binding_message has characters other than letters and plain marks")
    return said


def _lifetime(lists: Lists, usual: timedelta, most: timedelta) -> timedelta:
    said = one(lists, "requested_expiry")
    if said is None:
        return usual
    if not _SECONDS.fullmatch(said) or int(said) == 0:
        raise Refusal("invalid_request", "requested_expiry is a positive number of seconds")
    return max(_SHORTEST, min(most, timedelta(seconds=int(said))))


def _token(lists: Lists, client: Client) -> str:
    """CIBA §7.1: needed by who is called back; 128 bits at least, 1,024 characters at most."""
    if modes.mode(client) == modes.POLL:
        return ""
    said = one(lists, "client_notification_token") or ""
    if not _NOTIFICATION.fullmatch(said) or len(said) > 1024:
        raise Refusal("invalid_request", "client_notification_token is a bearer token of 16 to 1024 characters")
    return said
