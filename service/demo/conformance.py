"""What a conformance suite needs of the demo, ready to copy into its plans: docs/conformance.md says how."""

from typing import Any

from idp.protocol.claims import SCOPES
from service.demo.party import Suite
from service.demo.people import PASSWORD, TESTER

WAIT = 10
"""Seconds that the suite's browser waits for a page."""


def block(issuer: str, suite: Suite) -> dict[str, Any]:
    """For `demo.json`: who signs in, and the `browser` block of the suite's JSON configuration."""
    return {
        "suite": suite.origin,
        "alias": suite.alias,
        "person": TESTER.key,
        "browser": browser(issuer, suite),
        "override": override(issuer),
    }


def browser(issuer: str, suite: Suite) -> list[dict[str, Any]]:
    """Sign in, agree, and wait for the suite's own page. Every step is optional: a browser that is known skips some."""
    callback = f"{suite.at('callback')}*"
    return [
        {
            "match": f"{issuer}/authorize*",
            "tasks": [
                _sign_in(issuer),
                _agree(issuer),
                {
                    "task": "Back at the suite",
                    "match": callback,
                    "commands": [["wait", "id", "submission_complete", WAIT]],
                },
            ],
        },
        {
            "match": f"{issuer}/logout*",
            "tasks": [
                {
                    "task": "Sign out",
                    "optional": True,
                    "match": f"{issuer}/logout*",
                    "commands": [["click", "css", "form[action='/logout/confirm'] button[type=submit]", "optional"]],
                },
                {
                    "task": "Back at the suite",
                    "optional": True,
                    "match": f"{suite.at('post_logout_redirect')}*",
                    "commands": [["wait", "id", "submission_complete", WAIT]],
                },
            ],
        },
    ]


def override(issuer: str) -> dict[str, Any]:
    """Modules in which the person says no, or is told that the request is wrong."""
    refuse = {"task": "Refuse", "match": f"{issuer}/authorize/*", "commands": [_button("refuse")]}
    rejecting = [{"match": f"{issuer}/authorize*", "tasks": [_sign_in(issuer), refuse]}]
    wrong = [{"match": f"{issuer}/authorize*", "tasks": [_seen(issuer)]}]
    return {
        **{
            name: {"browser": rejecting}
            for name in (
                "fapi2-security-profile-final-user-rejects-authentication",
                "fapi2-message-signing-final-user-rejects-authentication",
            )
        },
        **{
            name: {"browser": wrong}
            for name in (
                "oidcc-ensure-registered-redirect-uri",
                "oidcc-ensure-redirect-uri-in-authorization-request",
                "oidcc-redirect-uri-query-mismatch",
                "oidcc-redirect-uri-query-added",
                "oidcc-response-type-missing",
                "fapi2-security-profile-final-par-attempt-reuse-request_uri",
                "fapi2-security-profile-final-par-attempt-to-use-expired-request_uri",
                "fapi2-security-profile-final-par-attempt-to-use-request_uri-for-different-client",
                "fapi2-security-profile-final-ensure-unsigned-authorization-request-without-using-par-fails",
            )
        },
    }


def _sign_in(issuer: str) -> dict[str, Any]:
    return {
        "task": "Sign in",
        "optional": True,
        "match": f"{issuer}/signin*",
        "commands": [
            ["text", "id", "identifier", TESTER.identifier],
            ["text", "id", "password", PASSWORD],
            ["click", "css", "form[action='/signin'] button[type=submit]"],
        ],
    }


def _agree(issuer: str) -> dict[str, Any]:
    return {
        "task": "Agree",
        "optional": True,
        "match": f"{issuer}/authorize/*",
        "commands": [
            *(["click", "css", f"input[name=scope][value={word}]", "optional"] for word in SCOPES),
            ["click", "css", "input[name=consent][value='measures:read']", "optional"],
            ["click", "css", "input[name=duration][value=P3M]", "optional"],
            _button("allow"),
        ],
    }


def _seen(issuer: str) -> dict[str, Any]:
    """A screenshot of the page that says what is wrong; an error that goes back to the suite needs none."""
    return {
        "task": "The request is refused",
        "optional": True,
        "match": f"{issuer}/authorize*",
        "commands": [["wait", "id", "main", WAIT, ".*", "update-image-placeholder-optional"]],
    }


def _button(decision: str) -> list[str]:
    return ["click", "css", f"button[name=decision][value={decision}]"]
