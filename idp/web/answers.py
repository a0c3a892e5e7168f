"""The answers of the front channel: back to the app, and nowhere else."""

from starlette.responses import RedirectResponse, Response

from idp.protocol.responses import location
from idp.scene import Scene

_HEADERS = {"cache-control": "no-store", "pragma": "no-cache", "referrer-policy": "no-referrer"}


def redirect(uri: str) -> Response:
    """To an address that was proven to be the app's (303: a POST becomes a GET, RFC 9700 §4.12)."""
    return RedirectResponse(uri, 303, headers=_HEADERS)


def error(scene: Scene, redirect_uri: str, code: str, description: str, state: str | None) -> Response:
    """RFC 6749 §4.1.2.1, with `iss` (RFC 9207)."""
    said = {"error": code, "error_description": description, "state": state}
    return redirect(location(redirect_uri, said, issuer=scene.issuer))
