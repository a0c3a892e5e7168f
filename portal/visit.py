"""One signed-in request: who it is, what they may ask, how a page is shown, and what happens when that fails."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from urllib.parse import urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from kit.forms import Form
from kit.forms import read as read_form
from kit.http import request_id
from kit.telemetry import log
from portal import sessions
from portal.patient.api import Api
from portal.scene import Scene
from portal.sessions import Session
from portal.sign_ins import HOME, local
from portal.trouble import Busy, Changed, Missing, NeedsProof, Refused, SignedOut, Trouble, Unreachable

NAV = (
    {"label": "Accueil", "href": HOME, "icon": "house"},
    {"label": "Mes mesures", "href": "/espace/mesures", "icon": "chart-line"},
    {"label": "Mes applications", "href": "/espace/applications", "icon": "plug"},
    {"label": "Historique", "href": "/espace/historique", "icon": "history"},
)
SIGN_IN = "/espace/connexion"
SIGN_OUT = "/espace/deconnexion"

Endpoint = Callable[[Request], Awaitable[Response]]


class Visit:
    """What a page of a signed-in person works with."""

    def __init__(self, scene: Scene, request: Request, session: Session) -> None:
        self.scene = scene
        self.request = request
        self.api = Api(scene, session)
        self.now = scene.ground.clock.now()

    @property
    def name(self) -> str:
        """Whom we greet."""
        return self.api.session.who.name

    def asked(self, name: str, default: str = "") -> str:
        """A parameter of the address."""
        return self.request.query_params.get(name, default)

    async def form(self) -> Form:
        """The form sent by one of our own pages. Raises kit.problems.Refusal when it was not."""
        return await read_form(self.request, self.scene.ground.csrf)

    def show(self, template: str, *, status: int = 200, leads_to: Sequence[str] = (), **card: Any) -> Response:
        """A page of the signed-in part; `leads_to` are the origins that its forms end at."""
        return show(self.scene, self.request, template, status=status, person=self.name, leads_to=leads_to, **card)

    def to(self, path: str, **query: str) -> Response:
        """Go and see `path` (after a form: 303)."""
        return RedirectResponse(f"{path}?{urlencode(query)}" if query else path, 303)


Page = Callable[[Visit], Awaitable[Response]]


def show(
    scene: Scene,
    request: Request,
    template: str,
    *,
    status: int = 200,
    person: str = "",
    leads_to: Sequence[str] = (),
    **card: Any,
) -> Response:
    """A page of this application, with its menu when somebody is signed in."""
    settings = scene.settings
    issuer = settings.issuer
    links = [
        ("Mes connexions et ma sécurité", issuer + settings.sessions_path),
        (f"Aide : {settings.help.phone}", f"tel:{settings.help.phone}"),
        ("Sourds et malentendants", settings.help.deaf_uri),
    ]
    shell: dict[str, Any] = {
        "person": person or None,
        "nav": NAV if person else (),
        "home": HOME if person else "/",
        "sign_in": SIGN_IN,
        "sign_out": SIGN_OUT if person else None,
        "footer_links": links if person else links[1:],
        "help": settings.help,
    }
    # Signing out leads, through a redirect, to the provider: the page's policy has to say so when it lives elsewhere.
    outside = [*leads_to, *([issuer] if person and issuer != settings.origin else [])]
    return scene.ground.pages.render(request, template, status=status, form_action=outside, **(shell | card))


def signed_in(scene: Scene, page: Page) -> Endpoint:
    """The endpoint of a page that needs somebody; every `Trouble` becomes a page that says what to do."""

    async def endpoint(request: Request) -> Response:
        session = await current(scene, request)
        if session is None:
            return sign_in_first(scene, request)
        visit = Visit(scene, request, session)
        try:
            return await page(visit)
        except NeedsProof as needed:
            wanted = {"encore": "1", "niveau": needed.acr, "depuis": needed.max_age}
            return visit.to(SIGN_IN, suite=came_from(request), **wanted)
        except SignedOut:
            await scene.ground.database.work(lambda db: sessions.end(db, session.digest))
            return sign_in_first(scene, request)
        except Trouble as trouble:
            log.warning("portal_trouble", request_id=request_id(request), trouble=str(trouble))
            return sorry(visit, trouble)

    return endpoint


async def current(scene: Scene, request: Request) -> Session | None:
    """The stay that this request belongs to, seen now."""
    mark = sessions.carried(request, scene.settings)
    if not mark:
        return None
    ground, now = scene.ground, scene.ground.clock.now()
    seal = ground.vault.seal(sessions.SEAL)
    found = await ground.database.read(lambda db: sessions.find(db, seal, scene.settings, mark, now))
    if found is not None and sessions.due(found, now):
        await ground.database.work(lambda db: sessions.seen(db, found, now))
    return found


def sign_in_first(scene: Scene, request: Request) -> Response:
    """Straight to sign-in for who was not here; a word before it for who was, and back to the same page after."""
    target = came_from(request)
    link = f"{SIGN_IN}?{urlencode({'suite': target})}"
    if not sessions.carried(request, scene.settings):
        return RedirectResponse(link, 303)
    response = show(
        scene, request, "portal/signed_out.html", status=401, again=link, lost=request.method == "POST", sign_in=None
    )
    sessions.take_back(response, scene.settings)
    return response


def came_from(request: Request) -> str:
    """The page to come back to: this one, or the one whose form this was."""
    if request.method in {"GET", "HEAD"}:
        return local(request.url.path + (f"?{request.url.query}" if request.url.query else ""))
    referrer = urlsplit(request.headers.get("referer", ""))
    return local(referrer.path + (f"?{referrer.query}" if referrer.query else ""))


_PAGES: tuple[tuple[type[Trouble], int, str], ...] = (
    (Unreachable, 503, "portal/unreachable.html"),
    (Busy, 429, "portal/busy.html"),
    (Missing, 404, "portal/missing.html"),
    (Changed, 409, "portal/changed.html"),
    (Refused, 403, "portal/refused.html"),
)

_REFUSED = {
    "space_closed": "Votre espace est fermé. Ses pages ne sont plus ouvertes.",
    "space_objected": "Vous avez refusé l’ouverture de votre espace.",
    "space_not_active": "Votre espace n’est pas encore activé.",
}


def sorry(visit: Visit, trouble: Trouble) -> Response:
    """The page for a trouble: what happened, what to do."""
    for kind, status, template in _PAGES:
        if isinstance(trouble, kind):
            words = _REFUSED.get(trouble.code, "") if isinstance(trouble, Refused) else ""
            return visit.show(template, status=status, back=came_from(visit.request), words=words)
    return visit.show("portal/unreachable.html", status=503, back=came_from(visit.request), words="")
