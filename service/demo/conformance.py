"""What a conformance suite needs of the demo, ready to copy into its plans: docs/conformance.md says how."""

from typing import Any

from idp.protocol.claims import SCOPES
from service.demo.party import Suite
from service.demo.people import PASSWORD, TESTER

WAIT = 10
"""Seconds that the suite's browser waits for a page."""
_PICTURE: list[Any] = ["wait", "id", "main", WAIT, ".", "update-image-placeholder-optional"]
_SIGN_OUT = ["click", "css", "form[action='/logout/confirm'] button[type=submit]"]


def block(issuer: str, suite: Suite) -> dict[str, Any]:
    """For `demo.json`: who signs in, and how the suite's own browser does it."""
    return {
        "suite": suite.origin,
        "alias": suite.alias,
        "person": TESTER.key,
        "browser": browser(issuer, suite),
        "override": override(issuer, suite),
    }


def browser(issuer: str, suite: Suite) -> list[dict[str, Any]]:
    """Whatever page comes: sign in, agree, show an error, sign out; with a picture where the suite wants one."""
    signed_out = [
        _task("Signed out, or asked to", f"{issuer}/logout*", [_PICTURE, [*_SIGN_OUT, "optional"]]),
        _task("Signed out", f"{issuer}/logout/confirm*", [_PICTURE]),
        _back(suite, "post_logout_redirect"),
    ]
    return [
        {"match": f"{issuer}/authorize*", "tasks": _asked(issuer, suite, "allow")},
        {"match": f"{issuer}/logout*", "tasks": signed_out},
    ]


def override(issuer: str, suite: Suite) -> dict[str, Any]:
    """Modules in which the person says no."""
    plans = ("fapi2-security-profile-final", "fapi2-message-signing-final")
    refusing = [{"match": f"{issuer}/authorize*", "tasks": _asked(issuer, suite, "refuse")}]
    return {f"{plan}-user-rejects-authentication": {"browser": refusing} for plan in plans}


def _asked(issuer: str, suite: Suite, decision: str) -> list[dict[str, Any]]:
    boxes = [*(f"input[name=scope][value={word}]" for word in SCOPES), "input[name=consent][value='measures:read']"]
    ticks = [
        ["click", "css", f"{box}:not([checked])", "optional"] for box in (*boxes, "input[name=duration][value=P3M]")
    ]
    button = ["click", "css", f"button[name=decision][value={decision}]", "optional"]
    sign_in = [
        _PICTURE,
        ["text", "id", "identifier", TESTER.identifier],
        ["text", "id", "password", PASSWORD],
        ["click", "css", "form[action='/signin'] button[type=submit]"],
    ]
    return [
        _task("Refused at once", f"{issuer}/authorize?*", [_PICTURE]),
        _task("Sign in", f"{issuer}/signin*", sign_in),
        _task("Decide", f"{issuer}/authorize/*", [_PICTURE, *(ticks if decision == "allow" else []), button]),
        _back(suite, "callback"),
    ]


def _back(suite: Suite, path: str) -> dict[str, Any]:
    return _task("Back at the suite", f"{suite.at(path)}*", [["wait", "id", "submission_complete", WAIT]])


def _task(name: str, match: str, commands: list[list[Any]]) -> dict[str, Any]:
    """A page that may come or not: a browser that is known skips some."""
    return {"task": name, "optional": True, "match": match, "commands": commands}
