"""Every address that the house answers. Reading this list is reading the product."""

from typing import TYPE_CHECKING

from starlette.routing import BaseRoute

from consent.api import routes as consents
from dossier.api import routes as dossier
from idp.enrolment import web as enrolment
from idp.login import web as login
from idp.sessions import web as sessions
from idp.web import routes as provider
from portal import web as patient

if TYPE_CHECKING:
    from service.house import House


def routes(house: "House") -> list[BaseRoute]:
    """Package by package."""
    return [
        *provider.routes(house.idp),
        *login.routes(house.idp),
        *enrolment.routes(house.idp),
        *sessions.routes(house.idp),
        *consents.routes(house.consent),
        *dossier.routes(house.dossier),
        *patient.routes(house.portal),
        *house.operations.routes(),
    ]
