"""The pages of the patient's web application, one line each."""

from starlette.responses import RedirectResponse
from starlette.routing import Route

from portal import signing
from portal.patient import apps, entrance, home, journal, measures
from portal.scene import Scene
from portal.settings import GOODBYE_PATH, RETURN_PATH
from portal.sign_ins import HOME
from portal.visit import SIGN_IN, SIGN_OUT, Page, signed_in


def routes(scene: Scene) -> list[Route]:
    """Everything under `/` and `/espace`."""

    def page(path: str, shown: Page) -> Route:
        return Route(path, signed_in(scene, shown), methods=["GET"])

    def act(path: str, done: Page) -> Route:
        return Route(path, signed_in(scene, done), methods=["POST"])

    return [
        Route("/", entrance.entrance(scene), methods=["GET"]),
        Route("/espace", RedirectResponse(HOME, 308), methods=["GET"]),
        Route(SIGN_IN, signing.leave(scene), methods=["GET"]),
        Route(RETURN_PATH, signing.come_back(scene), methods=["GET"]),
        Route(SIGN_OUT, signing.sign_out(scene), methods=["POST"]),
        Route(GOODBYE_PATH, signing.goodbye(scene), methods=["GET"]),
        page(HOME, home.home),
        act("/espace/enfants/{child}", home.decided),
        page("/espace/mesures", measures.kinds),
        page("/espace/mesures/{kind}.csv", measures.file),
        page("/espace/mesures/{kind}", measures.kind),
        page("/espace/applications", apps.listed),
        page("/espace/applications/{grant}", apps.one),
        page("/espace/applications/{grant}/modifier", apps.change),
        act("/espace/applications/{grant}/modifier", apps.changed),
        act("/espace/applications/{grant}/ouvrir", apps.opened),
        act("/espace/applications/{grant}/suspendre", apps.paused),
        act("/espace/applications/{grant}/reprendre", apps.resumed),
        page("/espace/applications/{grant}/arreter", apps.stop),
        act("/espace/applications/{grant}/arreter", apps.stopped),
        page("/espace/applications/{grant}/arretee", apps.farewell),
        page("/espace/applications/{grant}/lettre.txt", apps.letter),
        page("/espace/historique", journal.shown),
        page("/espace/historique.csv", journal.file),
    ]
