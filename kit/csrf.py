"""Forms come from our own pages: a cookie that only we can have set, and a field that only our page can have shown."""

import secrets as random
from urllib.parse import urlsplit

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from kit.problems import Refusal
from kit.secrets import keyed, same

FIELD = "csrf"


class Csrf:
    """Double submit with a keyed digest, and the browser's own word on where the form came from.

    The cookie is set before anyone signs in, so signing somebody in as somebody else is refused too.
    """

    def __init__(self, key: bytes, origin: str) -> None:
        self._key = key
        self._origin = origin
        self._secure = origin.startswith("https:")
        self.cookie = "__Host-csrf" if self._secure else "csrf"

    def field(self, request: Request) -> Markup:
        """The hidden input of a form."""
        return Markup('<input type="hidden" name="{}" value="{}">').format(FIELD, keyed(self._key, self._seed(request)))

    def attach(self, request: Request, response: Response) -> None:
        """Set the cookie on the answer when this request brought none."""
        fresh = getattr(request.state, "csrf_fresh", None)
        if fresh:
            response.set_cookie(
                self.cookie, fresh, path="/", secure=self._secure, httponly=True, samesite="lax", max_age=None
            )

    def check(self, request: Request, said: str) -> None:
        """Raises Refusal("csrf_failed") unless the form was ours."""
        self.check_origin(request)
        seed = request.cookies.get(self.cookie, "")
        if not seed or not said or not same(said, keyed(self._key, seed)):
            raise Refusal("csrf_failed", "the form is out of date: open the page again", status=403)

    def check_origin(self, request: Request) -> None:
        """Raises Refusal("csrf_failed") when the browser says that another site sent this."""
        origin = request.headers.get("origin")
        cross = request.headers.get("sec-fetch-site") in {"cross-site", "same-site"}
        foreign = origin not in (None, "null", self._origin)
        if cross or foreign:
            raise Refusal("csrf_failed", "the form came from another site", status=403, detail=f"origin {origin}")

    def _seed(self, request: Request) -> str:
        known = request.cookies.get(self.cookie)
        if known:
            return known
        if not getattr(request.state, "csrf_fresh", None):
            request.state.csrf_fresh = random.token_urlsafe(24)
        return str(request.state.csrf_fresh)


def origin_of(url: str) -> str:
    """Scheme, host and port of an address, as a browser writes an Origin."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()
