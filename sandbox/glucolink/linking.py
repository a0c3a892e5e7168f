"""Link, settle, unlink: the whole way of R159 from the app's side."""

from collections.abc import Mapping
from contextlib import suppress

from kit.clock import Clock
from kit.database import Database
from sandbox.glucolink import departure as departures
from sandbox.glucolink import pairing
from sandbox.glucolink.departure import Departure
from sandbox.glucolink.keeper import Keeper
from sandbox.glucolink.provider import Provider
from sandbox.glucolink.records import Link, LinkState
from sandbox.glucolink.settings import ONE_STEP, TWO_STEPS
from sandbox.glucolink.store import Store
from sandbox.glucolink.trouble import Mistrust, Refused, Unreachable


class Linking:
    """`browser` is the value of the app's own cookie: a return only counts in the browser that left."""

    def __init__(self, provider: Provider, keeper: Keeper, database: Database, store: Store, clock: Clock) -> None:
        self._provider = provider
        self._keeper = keeper
        self._database = database
        self._store = store
        self._clock = clock

    async def depart(self, browser: str, one_step: bool) -> str:
        """Where the browser goes to sign in and agree. Raises Unreachable, Mistrust."""
        metadata = await self._provider.metadata()
        leaving = departures.leave(ONE_STEP if one_step else TWO_STEPS)
        await self._remember(browser, leaving)
        return departures.authorization_url(leaving, metadata, self._provider.settings)

    async def come_back(self, browser: str, query: Mapping[str, str]) -> str | None:
        """The code has come: tokens, then the pairing. Gives where the browser goes next, None when all is done.

        Raises Mistrust, Refused, Unreachable.
        """
        metadata = await self._provider.metadata()
        left = await self._recall(browser, query.get("state", ""))
        code = departures.code_of(left, query, metadata)
        assert left is not None  # code_of has refused otherwise
        tokens = await self._provider.exchange(code, left.verifier)
        await self._provider.check_id_token(tokens.id_token, left.nonce)
        two_steps = "pairing" in left.scope.split()
        state = LinkState.PAIRING if two_steps else LinkState.LINKED
        now = self._clock.now()
        link_id = await self._database.work(lambda db: self._store.begin(db, browser, state, tokens, now))
        return await self.to_consents(browser, link_id) if two_steps else None

    async def to_consents(self, browser: str, link_id: str) -> str:
        """Ask for the pairing; gives the page where the person chooses. Raises Refused, Unreachable."""
        leaving = departures.leave_for_consents()
        await self._remember(browser, leaving)
        asked = await pairing.ask(self._provider, self._keeper.caller(link_id), leaving.state)
        now = self._clock.now()
        await self._database.work(lambda db: self._store.paired(db, link_id, LinkState.PAIRING, asked.uri, now))
        if not asked.consents_uri:
            raise Unreachable("no consents page was given")
        return asked.consents_uri

    async def settle(self, browser: str, query: Mapping[str, str]) -> None:
        """Back from the consents page: the provider itself says what was decided, the address only says "look".

        Raises Mistrust, Refused("not_agreed" and others), Unreachable.
        """
        left = await self._recall(browser, query.get("state", ""))
        link = await self.link_of(browser)
        if left is None or left.kind != "consents" or link is None:
            raise Mistrust("no pairing of this browser has that state")
        if query.get("iss", self._provider.settings.issuer) != self._provider.settings.issuer:
            raise Mistrust("the answer is another issuer's")
        if query.get("status") == "ended":
            await self._lose(link, "access_denied")
            raise Refused("access_denied", 403)
        await self.look(link)

    async def look(self, link: Link) -> None:
        """Ask the provider how far the pairing is. Raises Refused, Unreachable."""
        if link.pairing_uri is None:
            return
        found = await pairing.look(self._provider, self._keeper.caller(link.id), link.pairing_uri)
        if found.status == "pending":
            raise Refused("not_agreed", 403)
        if found.status == "ended":
            await self._lose(link, "consent_ended")
            raise Refused("consent_ended", 403)
        now = self._clock.now()
        await self._database.work(lambda db: self._store.paired(db, link.id, LinkState.LINKED, None, now))

    async def unlink(self, link: Link) -> None:
        """Tell the provider, then throw our keys away whatever it answers: the person asked for it."""
        trouble: Exception | None = None
        if link.tokens is not None:
            try:
                await self._end_pairing(link)
            except Refused:
                pass  # it had ended already
            except Unreachable as error:
                trouble = error
            current = await self._database.read(lambda db: self._store.link(db, link.id))
            if current is not None and current.tokens is not None and current.tokens.refresh_token is not None:
                with suppress(Refused, Unreachable, Mistrust):
                    await self._provider.revoke(current.tokens.refresh_token)
        await self._lose(link, None)
        if trouble is not None:
            raise trouble

    async def _end_pairing(self, link: Link) -> None:
        """Linked in one step, we never asked for the address of our pairing: ask for it now, to end it."""
        call = self._keeper.caller(link.id)
        uri = link.pairing_uri
        if uri is None:
            uri = (await pairing.ask(self._provider, call, departures.leave_for_consents().state)).uri
        await pairing.end(call, uri)

    async def link_of(self, browser: str) -> Link | None:
        """The link of this browser."""
        return await self._database.read(lambda db: self._store.link_of(db, browser))

    async def _lose(self, link: Link, code: str | None) -> None:
        now = self._clock.now()
        await self._database.work(lambda db: self._store.trouble(db, link.id, code, True, now))

    async def _remember(self, browser: str, leaving: Departure) -> None:
        now = self._clock.now()
        await self._database.work(lambda db: self._store.depart(db, browser, leaving, now))

    async def _recall(self, browser: str, state: str) -> Departure | None:
        if not browser or not state:
            return None
        now = self._clock.now()
        return await self._database.work(lambda db: self._store.come_back(db, browser, state, now))
