"""What must be asked of the person before the app is answered: nothing, a proof, or an agreement."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from consent.needs import LEVELS
from idp.protocol.requests import AuthorizationRequest
from idp.tokens.records import Authentication


@dataclass(frozen=True, slots=True)
class Go:
    """Nothing: the app can be answered."""


@dataclass(frozen=True, slots=True)
class SignIn:
    """The person must prove who they are, again if `fresh_since` is set. `because` is for the log and the tests."""

    because: str
    fresh_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Agree:
    """The person must decide on a page of ours."""

    because: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The app asked for silence and silence is not possible (OpenID Connect Core §3.1.2.6)."""

    error: str
    description: str


Step = Go | SignIn | Agree | Refused

BEST = "eidas2"
"""The most that a sign-in here can be worth; a wish for more is answered with what there is, and said in `acr`."""
REACHABLE = LEVELS[: LEVELS.index(BEST) + 1]
"""What an app may hope for."""


def next_step(
    request: AuthorizationRequest,
    *,
    who: Authentication | None,
    subject: str | None,
    agreed: bool,
    asked_at: datetime,
    now: datetime,
) -> Step:
    """The next step.

    `who` is the present session's proof, `subject` its name for this client, `agreed` whether what is asked was agreed
    before. `asked_at` is when the app asked: a proof given after it satisfies prompt=login and max_age.
    """
    step: SignIn | Agree | None = _proof(request, who, subject, asked_at, now)
    if step is None and who is not None and not meets(who.acr, request.essential_acr):
        return Refused(
            "unmet_authentication_requirements", "the level of proof that is required cannot be reached here"
        )
    if step is None and ("consent" in request.prompt or not agreed):
        step = Agree("asked again" if agreed else "not agreed before")
    if step is None:
        return Go()
    if "none" in request.prompt:
        if isinstance(step, Agree):
            return Refused("consent_required", "the person has to agree first")
        return Refused("login_required", "the person has to sign in first")
    return step


def _proof(
    request: AuthorizationRequest, who: Authentication | None, subject: str | None, asked_at: datetime, now: datetime
) -> SignIn | None:
    if who is None:
        return SignIn("no session")
    proven_since = who.auth_time >= asked_at.replace(microsecond=asked_at.microsecond // 1000 * 1000)  # as kept
    if request.prompt & {"login", "select_account"} and not proven_since:
        return SignIn("asked to sign in again", fresh_since=asked_at)
    if request.max_age is not None and not proven_since and now - who.auth_time > timedelta(seconds=request.max_age):
        return SignIn("the proof is older than max_age", fresh_since=asked_at)
    if not proven_since and not meets(who.acr, request.essential_acr) and meets(BEST, request.essential_acr):
        return SignIn("a stronger proof is required", fresh_since=asked_at)
    if not proven_since and not satisfies(who.acr, request.acr_values) and satisfies(BEST, request.acr_values):
        return SignIn("a stronger proof is wanted", fresh_since=asked_at)
    if request.hinted_subject is not None and request.hinted_subject != subject:
        return SignIn("another person was expected", fresh_since=asked_at)
    return None


def satisfies(acr: str, wanted: tuple[str, ...]) -> bool:
    """True when the proof is worth at least the least of what is wanted (a wish: OpenID Connect Core §5.5.1.1)."""
    known = [LEVELS.index(value) for value in wanted if value in LEVELS]
    return not known or (acr in LEVELS and LEVELS.index(acr) >= min(known))


def meets(acr: str, required: tuple[str, ...]) -> bool:
    """True when the proof is worth one of the levels that the app requires (OpenID Connect Core §5.5.1.1)."""
    return not required or acr in required or _lowered(acr, required) is not None


def said(acr: str, required: tuple[str, ...]) -> str:
    """The level that the app hears: one of those that it requires, though the proof may be worth more."""
    return acr if not required or acr in required else _lowered(acr, required) or acr


def _lowered(acr: str, required: tuple[str, ...]) -> str | None:
    if acr not in LEVELS:
        return None
    below = [level for level in LEVELS[: LEVELS.index(acr)] if level in required]
    return below[-1] if below else None
