"""The dossier and the consents of the person who is signed in, asked over HTTP with that person's own access token."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, TypeVar

from portal import sessions
from portal.scene import Scene
from portal.sessions import Session
from portal.trouble import Missing, SignedOut

T = TypeVar("T")

_FHIR = "application/fhir+json"
_MARGIN = timedelta(seconds=20)
"""A token this near its end is renewed before it is used."""


class Api:
    """Calls on behalf of one signed-in person. The access token is renewed when it runs out, once for all callers."""

    def __init__(self, scene: Scene, session: Session) -> None:
        self._scene = scene
        self._session = session
        self._turn = asyncio.Lock()

    @property
    def session(self) -> Session:
        """The stay, with its tokens as they are now."""
        return self._session

    async def dossier(self, path: str, kind: type[T], /, **params: Any) -> T:
        """A read of the dossier. `path` is below its FHIR base, or the address of a page that follows."""
        url = path if path.startswith(f"{self._scene.settings.dossier}/") else f"{self._scene.settings.dossier}/{path}"
        get = self._scene.outside.get
        return await self._ask(lambda token: get(url, kind, token=token, params=params or None, accept=_FHIR))

    async def read(self, path: str, kind: type[T], /, **params: Any) -> T:
        """A read of the consent API."""
        url, get = f"{self._scene.settings.consent}/{path}", self._scene.outside.get
        return await self._ask(lambda token: get(url, kind, token=token, params=params or None))

    async def change(self, path: str, body: Any, kind: type[T]) -> T:
        """A change through the consent API. Raises Changed when the page showed something older."""
        url, post = f"{self._scene.settings.consent}/{path}", self._scene.outside.post
        return await self._ask(lambda token: post(url, body, kind, token=token))

    async def opening(self, grant_id: str) -> str:
        """The address that opens an app for this person (SMART App Launch 2.2 §2.0.6). Raises a `Trouble`."""
        url = (await self._scene.provider.metadata()).get("portal_launch_endpoint")
        if not isinstance(url, str):
            raise Missing("the provider opens no apps")
        body, post = {"grant_id": grant_id}, self._scene.outside.post
        answer = await self._ask(lambda token: post(url, body, dict[str, Any], token=token))
        return str(answer.get("launch_uri", ""))

    async def _ask(self, call: Callable[[str], Awaitable[T]]) -> T:
        token = await self._token()
        try:
            return await call(token)
        except SignedOut:
            # Keys may have been withdrawn meanwhile: a fresh token settles whether the person is really signed out.
            return await call(await self._token(instead_of=token))

    async def _token(self, instead_of: str = "") -> str:
        async with self._turn:
            tokens = self._session.tokens
            late = tokens.expires_at - _MARGIN <= self._scene.ground.clock.now()
            if late or tokens.access == instead_of:
                self._session = await self._renewed()
            return self._session.tokens.access

    async def _renewed(self) -> Session:
        """Renew and write down. Another request of this browser may be faster: its tokens are then taken."""
        ground, session = self._scene.ground, self._session
        seal, now = ground.vault.seal(sessions.SEAL), ground.clock.now()
        refusal = SignedOut("the stay ended meanwhile")
        try:
            tokens = await self._scene.provider.renewed(session.tokens)
            await ground.database.work(lambda db: sessions.renew(db, seal, session, tokens))
        except SignedOut as refused:
            refusal = refused
        found = await ground.database.read(
            lambda db: sessions.find(db, seal, self._scene.settings, session.digest, now)
        )
        if found is None or found.version == session.version:
            raise refusal
        return found
