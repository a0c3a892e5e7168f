"""A small world for the tests of this package: people, apps, tokens and a caller."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import httpx2
from sqlalchemy import Connection
from starlette.applications import Starlette

from clients import store
from clients.directory import Directory
from clients.records import AuthMethod, Client, Kind, Status
from consent import decisions, journal, space_moves
from consent.access import Access, Liveness
from consent.actors import holder
from consent.api.routes import routes
from consent.grants import Grant
from consent.journal import Recorded
from consent.scene import Scene
from consent.scopes import CONSENTS, HOLDER
from kit import jose
from kit.clock import FixedClock
from kit.ground import Ground
from kit.guard import AccessClaims, Guard
from kit.ids import new

T = TypeVar("T")
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ISSUER = "http://localhost:8000"
GABRIELLE = "per_gabrielle"
BACK = "https://glucolink.example/retour"
KEY = jose.generate("ES256", "test")
PAIR = frozenset({"openid", "offline_access", "pairing"})
MEASURES = frozenset({"measures:read", "measures:write"})
PORTAL_SCOPE = HOLDER | {"openid"} | {"patient/Observation.crs"}


def glucolink(**changes: Any) -> Client:
    """The app of the tests: referenced, for measures."""
    app = Client(
        client_id="glucolink",
        name="GlucoLink",
        kind=Kind.APP,
        status=Status.REFERENCED,
        created_at=NOW,
        auth_method=AuthMethod.NONE,
        redirect_uris=(BACK,),
        scope=PAIR | CONSENTS["measures:read"] | CONSENTS["measures:write"],
        consents=MEASURES,
        publisher="Gluco SAS",
        purpose="suivre votre glycémie",
    )
    return replace(app, **changes)


PORTAL = Client(
    client_id="portal",
    name="Mon espace",
    kind=Kind.PORTAL,
    status=Status.REFERENCED,
    created_at=NOW,
    auth_method=AuthMethod.NONE,
    redirect_uris=("http://localhost:8000/espace/retour",),
    scope=PORTAL_SCOPE,
    first_party=True,
)


@dataclass
class World:
    """Everything that a story needs."""

    ground: Ground
    clock: FixedClock
    scene: Scene
    dead_families: set[str] = field(default_factory=set)

    @property
    def now(self) -> datetime:
        return self.clock.now()

    async def work(self, unit: Callable[[Connection], T]) -> T:
        return await self.ground.database.work(unit)

    async def add_client(self, client: Client) -> Client:
        await self.work(lambda db: store.add(db, client, self.now))
        return client

    async def change_client(self, client: Client) -> None:
        await self.work(lambda db: store.replace(db, client, self.now))
        self.scene.clients.forget(client.client_id)

    async def active_space(self, person: str = GABRIELLE) -> None:
        def unit(db: Connection) -> None:
            space_moves.notify(db, person, self.now)
            space_moves.activate(db, person, holder(person), self.now)

        await self.work(unit)

    async def opened(
        self, client: Client | None = None, scope: frozenset[str] = PAIR, person: str = GABRIELLE
    ) -> Grant:
        app = client or glucolink()
        return await self.work(lambda db: decisions.open_grant(db, self.scene, person, app, scope, self.now))

    async def agreed(
        self, *consents: str, duration: str = "P3M", scope: frozenset[str] = PAIR, person: str = GABRIELLE
    ) -> Grant:
        grant = await self.opened(scope=scope, person=person)
        by = holder(person, context="consents_page")
        return await self.work(
            lambda db: decisions.agree(db, self.scene, grant, consents or MEASURES, duration, by, self.now)
        )

    def claims(self, grant: Grant | None, *, scope: frozenset[str] | None = None, **more: Any) -> AccessClaims:
        values = {
            "subject": "sub_1",
            "client_id": grant.client_id if grant else "glucolink",
            "scope": scope if scope is not None else grant.scope if grant else frozenset(),
            "token_id": "at_1",
            "issued_at": self.now,
            "expires_at": self.now + timedelta(minutes=5),
            "grant_id": grant.id if grant else None,
            "patient": None,
            "family_id": "fam_1",
            "session_id": None,
            "acr": None,
            "auth_time": None,
            "audience": (f"{ISSUER}/api",),
            "raw": {},
        }
        return AccessClaims(**{**values, **more})

    def token(
        self, grant: Grant | None, *, scope: frozenset[str] | None = None, client_id: str = "", **more: Any
    ) -> str:
        """A real access token of that grant."""
        asked = scope if scope is not None else grant.scope if grant else frozenset()
        claims = {
            "iss": ISSUER,
            "aud": f"{ISSUER}/api",
            "sub": "sub_1",
            "client_id": client_id or (grant.client_id if grant else "glucolink"),
            "scope": " ".join(sorted(asked)),
            "iat": int(self.now.timestamp()),
            "exp": int(self.now.timestamp()) + 300,
            "jti": new("jti", self.now),
            "fam": "fam_1",
            **({"grant_id": grant.id} if grant else {}),
            **more,
        }
        return jose.sign(claims, KEY, algorithm="ES256", typ="at+jwt")

    async def portal_token(self, person: str = GABRIELLE, scope: frozenset[str] = PORTAL_SCOPE) -> str:
        """The token that the person's own portal holds."""
        own = await self.opened(PORTAL, PORTAL_SCOPE, person)
        return self.token(own, scope=scope)

    async def lines(self, person: str = GABRIELLE, **only: Any) -> list[Recorded]:
        """The journal, the oldest line first."""
        return (await self.work(lambda db: journal.page(db, person, limit=500, **only)))[::-1]

    async def actions(self, person: str = GABRIELLE) -> list[str]:
        return [line.entry.action for line in await self.lines(person)]

    def caller(self, token: str = "") -> httpx2.AsyncClient:
        """A client of the API, with that access token."""
        return httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app=Starlette(routes=routes(self.scene))),
            base_url=ISSUER,
            headers={"authorization": f"Bearer {token}"} if token else {},
        )


def build(ground: Ground, clock: FixedClock, liveness: Liveness | None = None) -> World:
    """The world on this ground."""
    directory = Directory(ground.database, clock)
    guard = Guard(issuer=ISSUER, audience=f"{ISSUER}/api", keys=lambda: [KEY], clock=clock)
    return World(ground, clock, Scene(ground, guard, directory, Access(directory, liveness)))
