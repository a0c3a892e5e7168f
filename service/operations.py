"""What those who run the house ask it: is it up, is it ready, how does it do."""

from ipaddress import ip_address, ip_network

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from keys.device import NoDevice
from keys.ring import KeyRing, NoKey
from kit import jose, telemetry
from kit.ground import Ground
from kit.http import client_address, json_response
from kit.problems import Refusal
from service import migration
from service.settings import ServerSettings


class Operations:
    """The three addresses of operations."""

    def __init__(self, ground: Ground, ring: KeyRing, settings: ServerSettings) -> None:
        self._ground = ground
        self._ring = ring
        self._readers = [ip_network(network) for network in settings.metrics_readers]

    def routes(self) -> list[Route]:
        """`/healthz`, `/readyz`, `/metrics`."""
        return [
            Route("/healthz", self.up),
            Route("/readyz", self.ready),
            Route("/metrics", self.figures),
        ]

    async def up(self, request: Request) -> Response:
        """The process answers; nothing else is asked."""
        return json_response({"status": "up"}, store=False)

    async def ready(self, request: Request) -> Response:
        """503 until the database answers with the schema of this version and a key signs."""
        wrong = await self.faults()
        body = {"status": "not ready", "because": wrong} if wrong else {"status": "ready"}
        return json_response(body, status=503 if wrong else 200, store=False)

    async def faults(self) -> list[str]:
        """Why requests should not come here yet, in words; nothing when they may."""
        try:
            version = await self._ground.database.read(_version)
        except Exception as error:  # whatever keeps the database away, the answer is the same
            telemetry.log.warning("database_away", error=type(error).__name__)
            return ["the database does not answer"]
        wrong = []
        if version != migration.head():
            wrong.append(f"the database has schema {version or 'none'}, {migration.head()} is needed: espace migrate")
        usual = self._ring.settings.algorithms[0]
        try:
            jose.signature(b"ready", self._ring.signing(usual), usual)
        except NoKey:
            wrong.append("no key signs: espace keys rotate")
        except NoDevice as error:
            wrong.append(f"the device that keeps our keys does not answer: {error}")
        return wrong

    async def figures(self, request: Request) -> Response:
        """Prometheus' figures, for the networks of the settings."""
        address = client_address(request)
        if not any(ip_address(address) in network for network in self._readers):
            raise Refusal("not_found", "nothing is at this address", status=404)
        telemetry.deliveries_waiting.set(await self._ground.outbox.waiting())
        telemetry.deliveries_dead.set(await self._ground.outbox.dead())
        return Response(telemetry.exposition(), media_type="text/plain; version=0.0.4; charset=utf-8")


def _version(db: Connection) -> str | None:
    return migration.applied(db)
