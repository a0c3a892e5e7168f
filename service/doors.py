"""Every address that the house answers. Reading this list is reading the product."""

from starlette.routing import BaseRoute

from clients import web as catalogue
from consent.api import routes as consents
from consent.scene import Scene as ConsentScene
from dossier.api import routes as dossier
from dossier.scene import Scene as DossierScene
from idp.ciba import web as ciba
from idp.device import web as device
from idp.enrolment import web as enrolment
from idp.launch import web as launch
from idp.login import web as login
from idp.registration import web as registration
from idp.scene import Scene as IdpScene
from idp.sessions import web as sessions
from idp.signals import web as signals
from idp.web import routes as provider
from portal import web as patient
from portal.scene import Scene as PortalScene
from service import openapi
from service.operations import Operations

OPEN_TO_BROWSERS = (
    *("/.well-known", "/jwks", "/token", "/par", "/userinfo", "/revoke", "/register", "/grants"),
    *("/device_authorization", "/catalogue", "/pairings", "/consent", "/dossier/fhir", openapi.PATH),
)
"""Addresses that a web app of another site may call: whoever calls is known by a token or a proof, never by a cookie.

The page `/pairings/{pairing}/consents` is among them: it is known by a cookie that no browser sends with such a call.
"""


def routes(
    idp: IdpScene, consent: ConsentScene, measures: DossierScene, portal: PortalScene, operations: Operations
) -> list[BaseRoute]:
    """Package by package, then the document about them."""
    ours = [
        *provider.routes(idp),
        *catalogue.routes(idp.ground),
        *login.routes(idp),
        *enrolment.routes(idp),
        *device.routes(idp),
        *ciba.routes(idp),
        *registration.routes(idp),
        *launch.routes(idp),
        *sessions.routes(idp),
        *signals.routes(idp),
        *consents.routes(consent),
        *dossier.routes(measures),
        *patient.routes(portal),
        *operations.routes(),
    ]
    return [*ours, openapi.route(ours, idp.issuer)]
