"""The keys of a link, kept fresh: one refresh at a time, and the new ones kept before they are used."""

import asyncio
from datetime import timedelta
from functools import partial
from typing import Any
from weakref import WeakValueDictionary

from kit.clock import Clock
from kit.database import Database
from sandbox.glucolink.pairing import Call
from sandbox.glucolink.provider import Provider, Tokens
from sandbox.glucolink.records import Link
from sandbox.glucolink.store import Store
from sandbox.glucolink.trouble import LOST_FOR_GOOD, Refused

_EARLY = timedelta(seconds=20)


class Keeper:
    """Gives a good access token for a link, refreshing it when its time is over."""

    def __init__(self, provider: Provider, database: Database, store: Store, clock: Clock) -> None:
        self._provider = provider
        self._database = database
        self._store = store
        self._clock = clock
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def call(self, link_id: str, method: str, url: str, **how: Any) -> dict[str, Any]:
        """A request in the name of a link; refreshed and repeated once when its token is refused with 401.

        A refusal is remembered with the link. Raises Refused, Unreachable.
        """
        bearer = await self.bearer(link_id)
        try:
            try:
                answer = await self._provider.call(method, url, bearer=bearer, **how)
            except Refused as refused:
                if refused.status != 401:
                    raise
                bearer = await self.bearer(link_id, instead_of=bearer)
                answer = await self._provider.call(method, url, bearer=bearer, **how)
        except Refused as refused:
            if refused.status in {401, 403}:
                await self._note(link_id, refused)
            raise
        return answer

    def caller(self, link_id: str) -> Call:
        """`call` for one link."""
        return partial(self.call, link_id)

    async def bearer(self, link_id: str, instead_of: str | None = None) -> str:
        """An access token that is good now, and is not `instead_of`. Raises Refused, Unreachable."""
        turn = self._turns.setdefault(link_id, asyncio.Lock())
        async with turn:
            link = await self._database.read(lambda db: self._store.link(db, link_id))
            if link is None or link.tokens is None:
                raise Refused(link.trouble or "unlinked" if link else "unlinked", 401)
            now = self._clock.now()
            if link.tokens.access_token != instead_of and link.tokens.access_until > now + _EARLY:
                return link.tokens.access_token
            return (await self._refreshed(link, link.tokens)).access_token

    async def _refreshed(self, link: Link, tokens: Tokens) -> Tokens:
        if tokens.refresh_token is None:
            refused = Refused("token_invalid", 401, "no refresh token")
            await self._note(link.id, refused)
            raise refused
        try:
            fresh = await self._provider.refresh(tokens.refresh_token)
        except Refused as refused:
            await self._note(link.id, refused)
            raise
        kept = Tokens(
            access_token=fresh.access_token,
            access_until=fresh.access_until,
            refresh_token=fresh.refresh_token or tokens.refresh_token,
            scope=fresh.scope or tokens.scope,
            patient=fresh.patient or tokens.patient,
            id_token=None,
        )
        if not await self._database.work(lambda db: self._store.renew(db, link, kept, self._clock.now())):
            raise Refused("unlinked", 401)  # the person unlinked, or linked again, in the meantime
        return kept

    async def _note(self, link_id: str, refused: Refused) -> None:
        lost = refused.code in LOST_FOR_GOOD
        now = self._clock.now()
        await self._database.work(lambda db: self._store.trouble(db, link_id, refused.code[:40], lost, now))
