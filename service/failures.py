"""How a refusal that nobody answered is said: a page to a person, problem details to a program."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Scope

from kit.ground import Ground
from kit.http import request_id
from kit.problems import Refusal, problem_response
from kit.telemetry import log

_PAGES = {400: "errors/400.html", 403: "errors/403.html", 404: "errors/404.html", 429: "errors/429.html"}
_LIKE_400 = {405, 409, 410, 413, 415, 422}
_OURS_TO_MEND = "errors/500.html"


class Failures:
    """Answers for what no endpoint answered."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    def refused(self, request: Request, refusal: Refusal) -> Response:
        """The answer to a refusal that reached the edge."""
        if refusal.detail:
            log.info("refused", request_id=request_id(request), code=refusal.code, detail=refusal.detail)
        if not wants_page(request):
            return problem_response(refusal, request_id(request))
        number = 400 if refusal.status in _LIKE_400 else refusal.status
        page = _PAGES.get(number, _OURS_TO_MEND if number >= 500 else _PAGES[400])
        card = {"wait": _words(refusal.headers.get("retry-after", ""))} if refusal.status == 429 else {}
        return self._ground.pages.render(request, page, status=refusal.status, headers=refusal.headers, **card)

    def broken(self, scope: Scope) -> ASGIApp:
        """The answer to an error of ours; the log has the rest."""
        refusal = Refusal("server_error", "something went wrong on our side", status=500)
        return self.refused(Request(scope), refusal)


def wants_page(request: Request) -> bool:
    """True when a person's browser asks: it says text/html before anything that a program would say."""
    accept = request.headers.get("accept", "")
    first = accept.partition(",")[0].partition(";")[0].strip().lower()
    return first in {"text/html", "application/xhtml+xml"}


def _words(seconds: str) -> str:
    if not seconds.isdigit():
        return ""
    minutes = -(-int(seconds) // 60)
    return "une minute" if minutes <= 1 else f"{minutes} minutes" if minutes < 120 else f"{minutes // 60} heures"
