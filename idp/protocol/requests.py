"""An authorization request, once it was checked: what is kept while the person signs in and decides."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from idp.protocol.responses import Destination
from kit.problems import Refusal

_MOST = {
    "state": 2048,
    "nonce": 2048,
    "scope": 8192,
    "redirect_uri": 2048,
    "launch": 200,
    "login_hint": 320,
    "client_id": 100,
}
PROMPTS = frozenset({"none", "login", "consent", "select_account"})
_ONCE = (
    *("response_type", "response_mode", "client_id", "redirect_uri", "scope", "state", "nonce", "prompt", "max_age"),
    *("acr_values", "login_hint", "id_token_hint", "code_challenge", "code_challenge_method", "aud", "display"),
    *("ui_locales", "claims", "request", "request_uri", "dpop_jkt", "authorization_details", "launch"),
    *("grant_id", "grant_management_action"),
)
DISPLAYS = frozenset({"page", "popup", "touch", "wap"})
_SETS = ("scope", "prompt", "implied")
_NUMBER = re.compile(r"\d{1,9}")


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """RFC 6749 §4.1.1 and OpenID Connect Core §3.1.2.1, proven as far as it can be without the person."""

    client_id: str
    redirect_uri: str
    redirect_said: bool
    scope: frozenset[str]
    code_challenge: str | None
    state: str | None = None
    nonce: str | None = None
    prompt: frozenset[str] = frozenset()
    max_age: int | None = None
    acr_values: tuple[str, ...] = ()
    login_hint: str = ""
    hinted_subject: str | None = None
    audience: tuple[str, ...] = ()
    response_type: str = "code"
    response_mode: str = "query"
    """`query`, `fragment`, `form_post`, or the same with `.jwt` (JARM)."""
    jkt: str | None = None
    """The DPoP key that must bring the code (RFC 9449 §10)."""
    claims: Mapping[str, Any] | None = None
    """OpenID Connect Core §5.5, cleaned of what we do not know."""
    implied: frozenset[str] = frozenset()
    """Of `scope`, what must be agreed for those claims and is not asked itself: no token says it."""
    essential_acr: tuple[str, ...] = ()
    """Levels of which one must be reached, or the request fails (OpenID Connect Core §5.5.1.1)."""
    details: tuple[Mapping[str, Any], ...] | None = None
    """RFC 9396, checked."""
    display: str = "page"
    pushed: str | None = None
    """The mark of the pushed request that this was: burnt with the answer (RFC 9126 §4)."""
    launch: str | None = None
    """The mark of the launch that this answers (SMART App Launch 2.2 §2.0.6): spent with the answer."""
    former: tuple[str, ...] = ()
    """Of `scope`, what was asked in version 1 of SMART, as it was written."""
    grant_action: str = ""
    """Grant Management §4: create, merge or replace."""
    grant_id: str | None = None

    def to_json(self) -> dict[str, Any]:
        """As it is kept."""
        kept = asdict(self)
        return kept | {name: sorted(kept[name]) for name in _SETS}

    @property
    def destination(self) -> Destination:
        """Where and how the app is answered."""
        return Destination(self.redirect_uri, self.response_mode)

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "AuthorizationRequest":
        """As it was kept."""
        values = dict(kept)
        for name in _SETS:
            values[name] = frozenset(values[name])
        for name in ("acr_values", "audience", "essential_acr", "former"):
            values[name] = tuple(values[name])
        values["details"] = tuple(values["details"]) if values["details"] is not None else None
        return cls(**values)


def check_shape(lists: Mapping[str, list[str]]) -> None:
    """RFC 6749 §3.1: no parameter twice; sizes bounded. Raises Refusal("invalid_request")."""
    for name in _ONCE:
        if len(lists.get(name, ())) > 1:
            raise Refusal("invalid_request", f"{name} is given more than once")
    for name, most in _MOST.items():
        if any(len(value) > most for value in lists.get(name, ())):
            raise Refusal("invalid_request", f"{name} is longer than {most} characters")


def prompts(text: str) -> frozenset[str]:
    """OpenID Connect Core §3.1.2.1: `none` stands alone; an unknown prompt is an error. Raises Refusal."""
    asked = frozenset(text.split())
    if asked - PROMPTS:
        raise Refusal("invalid_request", "prompt has a value that is not supported")
    if "none" in asked and len(asked) > 1:
        raise Refusal("invalid_request", "prompt=none cannot be combined")
    return asked


def display(text: str | None) -> str:
    """OpenID Connect Core §3.1.2.1: how the app would like our pages; an unknown wish is not one."""
    return text if text in DISPLAYS else "page"


def max_age(text: str | None, usual: int | None) -> int | None:
    """Seconds since the proof, at most; `usual` when the request says nothing. Raises Refusal when it is no number."""
    if text is None:
        return usual
    if not _NUMBER.fullmatch(text):
        raise Refusal("invalid_request", "max_age is a number of seconds")
    return int(text)
