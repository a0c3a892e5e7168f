"""Cookies that only this origin can set and only the server reads."""

from datetime import timedelta

from starlette.requests import Request
from starlette.responses import Response

SESSION = "session"
DEVICE = "device"
SIGN_IN = "signin"
ACTIVATION = "activation"


def name(plain: str, secure: bool) -> str:
    """`__Host-session` by TLS: no other host and no other path can have set it. The plain name on http loopback."""
    return f"__Host-{plain}" if secure else plain


def read(request: Request, plain: str, secure: bool) -> str:
    """The value of a cookie, empty when there is none."""
    return request.cookies.get(name(plain, secure), "")


def put(response: Response, plain: str, value: str, secure: bool, lasts: timedelta | None = None) -> None:
    """Set a cookie; without `lasts` it goes with the browser."""
    response.set_cookie(
        name(plain, secure),
        value,
        max_age=int(lasts.total_seconds()) if lasts else None,
        path="/",
        secure=secure,
        httponly=True,
        samesite="lax",
    )


def drop(response: Response, plain: str, secure: bool) -> None:
    """Take a cookie back."""
    response.delete_cookie(name(plain, secure), path="/", secure=secure, httponly=True, samesite="lax")
