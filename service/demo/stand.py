"""The demo's house: the real one, with its stand-ins beside it, on a clock that can be moved."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from msgspec.structs import replace
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from kit.clock import DemoClock
from kit.database import Database
from kit.seals import Vault
from kit.secrets import keyed
from portal.scene import Credential, Demo, DemoLink
from sandbox import web as sandbox
from sandbox.glucolink.app import GlucoLink
from sandbox.glucolink.settings import HOME, GlucoLinkSettings
from sandbox.mailbox import Mailbox
from sandbox.scene import Scene
from sandbox.tv import Television
from service.demo.people import BY_KEY
from service.demo.shape import Shape, opened
from service.house import Annex, House, compose
from service.portal_client import key_of
from service.settings import Settings


def stand(
    settings: Settings,
    folder: Path,
    clock: DemoClock,
    database: Database,
    card: Mapping[str, Any] | None = None,
    *,
    sockets: bool = True,
    shape: Shape | None = None,
) -> House:
    """The whole demo, not yet open. `settings` says the issuer, the database and the master key.

    `card` is what `demo.json` says: the first page shows from it what to type.
    """
    mailbox = Mailbox(database, clock)
    vault = Vault(settings.master())
    sms_key = keyed(vault.key("demo: operator of text messages"), "key")
    smtp = replace(settings.notices.smtp, host=mailbox.host, port=mailbox.port, tls="none", user="", password="")
    sms = replace(settings.notices.sms, url=f"{settings.issuer}/sandbox/sms/messages", key=sms_key)
    shape = shape or Shape()
    outside = replace(settings.outside, loopback=True)
    chosen = replace(settings, notices=replace(settings.notices, smtp=smtp, sms=sms), outside=outside)
    if shape.suite:
        chosen = replace(chosen, idp=opened(chosen.idp))

    def annex(house: House) -> Annex:
        ground = house.ground
        own = key_of(ground.vault, "demo: GlucoLink").as_dict(private=True)
        reader = GlucoLinkSettings(ground.issuer, "glucolink", own, folder / "uploads")
        glucolink = GlucoLink(ground, reader, house.inside)
        scene = Scene(ground, sms_key, glucolink, Television(ground.issuer, ground.clock, house.inside))

        async def start() -> None:
            await mailbox.start()
            await glucolink.start()

        async def stop() -> None:
            await glucolink.stop()
            await mailbox.stop()

        routes = [*sandbox.routes(scene), Route("/patterns", _patterns, methods=["GET"])]
        return Annex(routes, sandbox.ROOMS, scene, start, stop)

    return compose(
        chosen,
        clock=clock,
        database=database,
        banner=shape.banner,
        entrance=_entrance(card or {}),
        annex=annex,
        sockets=sockets and not shape.tls,  # what it says to itself needs no trust in its own certificate
        unattended=shape.unattended,
        friends=(shape.suite.origin,) if shape.suite else (),  # its address is often private, its certificate its own
    )


async def _patterns(request: Request) -> Response:
    """GET /patterns: every component in every state."""
    house: Scene = request.app.state.sandbox
    return house.ground.pages.render(request, "patterns/index.html")


def _entrance(card: Mapping[str, Any]) -> Demo:
    """Who to be and where to go, for the demo's first page."""
    known = {one["key"]: one for one in card.get("people", [])}
    people = [
        Credential(BY_KEY[key].name, _words(key, known.get(key, {})), _facts(known.get(key, {})))
        for key in ("inaya", "gabrielle")
    ]
    links = (
        DemoLink("GlucoLink", f"{HOME}/", "L’application qui relie un lecteur de glycémie.", "smartphone"),
        DemoLink("Messagerie", "/sandbox/inbox", "Les e-mails et SMS que reçoivent ces personnes.", "inbox"),
        DemoLink("Horloge", "/sandbox/clock", "Avancer le temps de la démonstration.", "clock"),
        DemoLink("Composants", "/patterns", "Tout ce dont les pages sont faites.", "ruler"),
    )
    return Demo(tuple(people), links)


def _words(key: str, person: Mapping[str, Any]) -> str:
    """What they are for, unless that is done."""
    if key == "inaya" and not person.get("provisional_code"):
        return "Son espace est déjà activé : elle se connecte avec l’identifiant choisi alors."
    return BY_KEY[key].words


def _facts(person: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """What to type: to sign in, or to activate a space."""
    if person.get("identifier"):
        return (("Identifiant", person["identifier"]), ("Mot de passe", person["password"]))
    if person.get("provisional_code"):
        return (
            ("Code provisoire", person["provisional_code"]),
            ("Numéro de sécurité sociale", person["nir"]),
            ("Numéro de la carte Vitale", person["vitale_serial"]),
        )
    return ()
