"""The composition root: every part of the house made once, from the ground up, and put together by visible lists."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
from starlette.routing import BaseRoute, Mount
from starlette.types import ASGIApp, Receive, Scope, Send

from clients.directory import Directory
from clients.keysets import KeySets
from consent.access import Access
from consent.needs import needs
from consent.scene import Scene as ConsentScene
from dossier.scene import Scene as DossierScene
from idp import following
from idp.ciba import notify
from idp.scene import Scene as IdpScene
from idp.sessions import backchannel
from idp.signals import push
from idp.tokens import liveness, once, opaque
from keys.ring import KeyRing
from kit.clock import Clock, DemoClock, SystemClock
from kit.cors import Cors
from kit.csrf import Csrf
from kit.database import Database
from kit.doorman import MEGABYTE, Doorman
from kit.fetch import Fetch, Own
from kit.ground import Ground
from kit.guard import Guard
from kit.limits import Limits
from kit.outbox import Outbox
from kit.pages import Pages
from kit.proof.desk import Desk
from kit.proof.dpop import Nonces
from kit.proof.handed import Handed, authorities
from kit.seals import Vault
from notices.send import Notices
from portal import scene as portal
from service import doors
from service.dossier_access import DossierAccess
from service.failures import Failures
from service.operations import Operations
from service.portal_client import portal_key
from service.settings import ROOT, Settings
from service.switchboard import Switchboard

ROOMS: tuple[tuple[str, int], ...] = (("/dossier/fhir", 8 * MEGABYTE),)
"""Addresses that take larger bodies than the others: a Bundle of 1,000 measures."""


@dataclass(frozen=True, slots=True)
class Annex:
    """What stands beside the house, given by who composes it: the demo's stand-ins; nothing in a real deployment."""

    routes: Sequence[BaseRoute] = ()
    rooms: Sequence[tuple[str, int]] = ()
    scene: object = None
    """Found at `request.app.state.sandbox`."""
    start: Callable[[], Awaitable[None]] | None = None
    """Called once the house is open."""
    stop: Callable[[], Awaitable[None]] | None = None
    """Called before the house closes."""


@dataclass(slots=True)
class House:
    """Everything that was made, by name."""

    settings: Settings
    ground: Ground
    ring: KeyRing
    clients: Directory
    notices: Notices
    consent: ConsentScene
    idp: IdpScene
    dossier: DossierScene
    portal: portal.Scene
    operations: Operations
    inside: httpx2.AsyncBaseTransport | None
    """How the parts of the house reach it by HTTP without a socket; None: by real HTTP."""
    annex: Annex = field(default_factory=Annex)
    app: ASGIApp = field(init=False)
    """The whole, doorman first."""

    async def open(self) -> None:
        """Ready to answer: the keys are known."""
        await self.ring.refresh()
        if self.annex.start:
            await self.annex.start()

    async def close(self) -> None:
        """Let go of connections, the database last."""
        if self.annex.stop:
            await self.annex.stop()
        await self.portal.outside.close()
        await self.notices.close()
        self.idp.fetch.close()
        await self.ground.limits.close()
        await self.ground.database.close()


def compose(
    settings: Settings,
    *,
    clock: Clock | None = None,
    database: Database | None = None,
    banner: str | None = None,
    entrance: portal.Demo | None = None,
    annex: Callable[[House], Annex] | None = None,
    sockets: bool = True,
    unattended: Collection[str] = (),
    friends: Collection[str] = (),
) -> House:
    """Make the house. Nothing is opened yet but the database's pool.

    The last eight are the demo's and the tests': no setting reaches them. Without `sockets` what the parts say to the
    house by HTTP stays in the process; the portal always does, here where both are one process.
    """
    ground = _ground(settings, clock or SystemClock(), database, banner)
    ring = KeyRing(ground.database, ground.clock, ground.vault, settings.keys)
    directory = Directory(ground.database, ground.clock)
    inside = _Inside()
    transport = None if sockets else httpx2.ASGITransport(inside, raise_app_exceptions=False)
    fetch = Fetch(settings.outside, Own(ground.issuer, _inward(inside)), friends)
    notices = Notices(ground, settings.notices, transport)
    fhir = f"{ground.issuer}/dossier/fhir"

    server = settings.server
    elsewhere = server.client_certificate_origin
    desk = Desk(
        origins=(ground.issuer, elsewhere) if elsewhere else (ground.issuer,),
        once=once.of(ground.database),
        nonces=Nonces(ground.vault.key("dpop nonces")),
        nonce_needed=settings.idp.dpop_nonce,
        certificates=bool(server.client_certificate_header or (server.tls_certificate and server.tls_client_ca)),
    )

    resolve = opaque.resolver(ground.database, ground.clock)

    def guard(audience: str) -> Guard:
        return Guard(
            issuer=ground.issuer, audience=audience, keys=ring.verifying, clock=ground.clock, desk=desk, resolve=resolve
        )

    tokens = guard(ground.issuer)
    access = Access(directory, liveness.check, needs(settings.consent))
    consents = ConsentScene(ground, tokens, directory, access, settings.consent)
    idp = IdpScene(
        ground=ground,
        settings=settings.idp,
        ring=ring,
        clients=directory,
        notices=notices,
        consent=consents,
        resources=(fhir,),
        tokens=tokens,
        subject_key=ground.vault.key("subjects"),
        fetch=fetch,
        keysets=KeySets(fetch, ground.clock),
        unattended=frozenset(unattended),
    )
    dossier = DossierScene(ground, guard(fhir), DossierAccess(access), fhir)
    consents.on_change.append(following.follow(idp))
    notify.attend(idp)
    backchannel.attend(idp)
    push.attend(idp)
    patient = portal.build(ground, settings.portal, portal_key(ground.vault), inside=inside, demo=entrance)
    operations = Operations(ground, ring, settings.server)
    house = House(settings, ground, ring, directory, notices, consents, idp, dossier, patient, operations, transport)
    if annex:
        house.annex = annex(house)
    house.app = inside.app = _front(house, house.annex)
    return house


def _ground(settings: Settings, clock: Clock, database: Database | None, banner: str | None) -> Ground:
    vault = Vault(settings.master())
    chosen = settings.database
    database = database or Database.open(chosen.url, pool_size=chosen.pool_size, synchronous=chosen.synchronous)
    csrf = Csrf(vault.key("csrf"), settings.issuer)
    return Ground(
        issuer=settings.issuer,
        database=database,
        clock=clock,
        vault=vault,
        limits=Limits(settings.limits_url, era=_era(clock)),
        outbox=Outbox(database, clock, vault.seal("outbox")),
        csrf=csrf,
        pages=Pages(ROOT / "templates", ROOT / "static", csrf=csrf, banner=banner),
    )


def _inward(inside: ASGIApp) -> httpx2.AsyncBaseTransport:
    """How what a client registered at our own address is reached: as a stranger, whose address is trusted nowhere."""
    return httpx2.ASGITransport(inside, raise_app_exceptions=False, client=("192.0.2.1", 0))


def _era(clock: Clock) -> Callable[[], str]:
    """Throttles count by the machine's time: when a demo's clock jumps, what they counted is past."""
    return (lambda: str(clock.offset)) if isinstance(clock, DemoClock) else (lambda: "")


def _front(house: House, beside: Annex) -> ASGIApp:
    failures = Failures(house.ground)
    ours = doors.routes(house.idp, house.consent, house.dossier, house.portal, house.operations)
    routes = [*ours, *beside.routes, Mount("/static", app=house.ground.pages.assets)]
    switchboard = Switchboard(routes, refused=failures.refused)
    switchboard.state.idp = house.idp
    switchboard.state.consent = house.consent
    switchboard.state.dossier = house.dossier
    switchboard.state.portal = house.portal
    switchboard.state.sandbox = beside.scene
    return Doorman(
        Cors(switchboard, doors.OPEN_TO_BROWSERS),
        secure=house.ground.secure,
        trusted=house.settings.server.trusted_proxies,
        rooms=[*ROOMS, *beside.rooms],
        failed=failures.broken,
        log_requests=house.settings.server.log_requests,
        certificates=_handed(house),
    )


def _handed(house: House) -> Handed | None:
    """How our proxies hand certificates on, if they do."""
    chosen = house.settings.server
    if not chosen.client_certificate_header:
        return None
    return Handed(
        chosen.client_certificate_header,
        chosen.client_certificate_verified_header,
        house.ground.clock,
        authorities(Path(chosen.tls_client_ca)) if chosen.tls_client_ca else (),
    )


class _Inside:
    """The house as the portal reaches it without a socket: known once everything is made."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)
