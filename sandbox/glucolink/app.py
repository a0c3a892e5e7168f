"""GlucoLink: a reader app that no one at the provider wrote. It has its own keys, its own users, its own tables."""

from datetime import timedelta

import httpx2

from kit.ground import Ground
from sandbox.glucolink.keeper import Keeper
from sandbox.glucolink.linking import Linking
from sandbox.glucolink.provider import Provider
from sandbox.glucolink.settings import GlucoLinkSettings
from sandbox.glucolink.store import Store
from sandbox.glucolink.uploads import Uploads

_TIMEOUT = timedelta(seconds=30)


class GlucoLink:
    """The whole app. It lends itself the house's database and clock; everything else goes by HTTP, like anyone's."""

    def __init__(
        self, ground: Ground, settings: GlucoLinkSettings, transport: httpx2.AsyncBaseTransport | None = None
    ) -> None:
        self.settings = settings
        # A loop-back address never goes through a proxy, whatever the environment says.
        self._http = httpx2.AsyncClient(transport=transport, trust_env=False, timeout=_TIMEOUT.total_seconds())
        store = Store(ground.vault.seal("glucolink"))
        self.provider = Provider(settings, self._http, ground.clock)
        keeper = Keeper(self.provider, ground.database, store, ground.clock)
        self.linking = Linking(self.provider, keeper, ground.database, store, ground.clock)
        self.uploads = Uploads(self.provider, keeper, ground.database, store, ground.clock)

    async def start(self) -> None:
        """Take up the uploads that a restart interrupted: call it once the provider answers."""
        await self.uploads.resume()

    async def stop(self) -> None:
        """Let go of everything; uploads go on at the next start."""
        await self.uploads.stop()
        await self._http.aclose()
