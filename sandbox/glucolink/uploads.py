"""Files that people give to the app: kept until sent, sent in the background, taken up again after a restart."""

import asyncio
import os
import shutil
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, BinaryIO

from kit.clock import Clock
from kit.database import Database
from kit.ids import new
from kit.telemetry import log
from sandbox.glucolink import job
from sandbox.glucolink.job import Progress
from sandbox.glucolink.keeper import Keeper
from sandbox.glucolink.provider import Provider
from sandbox.glucolink.records import Link, Upload, UploadState
from sandbox.glucolink.store import Store
from sandbox.glucolink.trouble import Mistrust, Refused, Unreachable, code_of
from sandbox.libreview.dates import Order
from sandbox.libreview.layout import NotLibreView

MOST_BYTES = 10 * 1024 * 1024
_PATIENCE = (0.5, 2.0, 5.0)
"""Seconds between tries while the provider does not answer."""


class Uploads:
    """The uploads of every link. `stop` leaves the unfinished ones to the next start."""

    def __init__(self, provider: Provider, keeper: Keeper, database: Database, store: Store, clock: Clock) -> None:
        self._provider = provider
        self._keeper = keeper
        self._database = database
        self._store = store
        self._clock = clock
        self._folder = provider.settings.folder
        self._tasks: set[asyncio.Task[None]] = set()
        self._few = asyncio.Semaphore(2)

    async def begin(self, link: Link, name: str, source: BinaryIO, order: Order | None = None) -> Upload:
        """Keep the file and start sending it."""
        now = self._clock.now()
        shown = " ".join(os.path.basename(name.replace("\\", "/")).split())[:100] or "fichier.csv"
        upload = Upload(new("upl", now), link.id, shown, UploadState.WAITING, now, order=order)
        await asyncio.to_thread(self._keep, upload.id, source)
        await self._database.work(lambda db: self._store.add_upload(db, upload))
        self._start(upload)
        return upload

    async def resume(self) -> int:
        """Take up what a restart interrupted; gives how many."""
        left = await self._database.read(self._store.unfinished)
        for upload in left:
            self._start(upload)
        return len(left)

    async def stop(self) -> None:
        """Let go of what is running, as a restart would."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def idle(self) -> None:
        """Wait until nothing is running."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def find(self, link: Link, upload_id: str) -> Upload | None:
        """One upload of that link."""
        return await self._database.read(lambda db: self._store.upload(db, link.id, upload_id))

    async def latest(self, link: Link) -> list[Upload]:
        """What this link sent, newest first."""
        return await self._database.read(lambda db: self._store.uploads_of(db, link.id))

    def _keep(self, upload_id: str, source: BinaryIO) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        source.seek(0)
        with (self._folder / f"{upload_id}.csv").open("wb") as kept:
            shutil.copyfileobj(source, kept)

    def _start(self, upload: Upload) -> None:
        task = asyncio.create_task(self._run(upload), name=f"upload {upload.id}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, upload: Upload) -> None:
        file = self._folder / f"{upload.id}.csv"
        current = replace(upload, state=UploadState.READING)

        async def told(progress: Progress) -> None:
            nonlocal current
            current = _told(replace(current, state=UploadState.SENDING), progress)
            await self._save(current)

        async with self._few:
            try:
                await self._save(current)
                await job.run(file, upload.order, lambda bundle: self._post(upload.link_id, bundle), told)
                ended = replace(current, state=UploadState.DONE)
                await self._forgive(upload.link_id)
            except NotLibreView as error:
                ended = replace(current, state=UploadState.STOPPED, trouble="not_libreview", reasons={str(error): 1})
            except (Refused, Unreachable, Mistrust) as error:
                ended = replace(current, state=UploadState.STOPPED, trouble=code_of(error))
            except OSError:
                ended = replace(current, state=UploadState.STOPPED, trouble="file_lost")
            except Exception:
                log.exception("upload_failed", upload=upload.id)
                ended = replace(current, state=UploadState.STOPPED, trouble="broken")
            await self._save(replace(ended, ended_at=self._clock.now()))
            file.unlink(missing_ok=True)

    async def _post(self, link_id: str, bundle: Mapping[str, Any]) -> dict[str, Any]:
        """Send one Bundle; a provider that is away for a moment is waited for."""
        for wait in (*_PATIENCE, None):
            try:
                where = (await self._provider.metadata()).dossier
                return await self._keeper.call(
                    link_id, "POST", where, json=bundle, content_type="application/fhir+json"
                )
            except Unreachable:
                if wait is None:
                    raise
                await asyncio.sleep(wait)
        raise AssertionError("the last try returns or raises")

    async def _forgive(self, link_id: str) -> None:
        """What went wrong before is over."""
        now = self._clock.now()
        await self._database.work(lambda db: self._store.trouble(db, link_id, None, False, now))

    async def _save(self, upload: Upload) -> None:
        await self._database.work(lambda db: self._store.save_upload(db, upload))


def _told(upload: Upload, progress: Progress) -> Upload:
    return replace(
        upload,
        total=progress.total,
        added=progress.added,
        known=progress.known,
        refused=progress.refused,
        unread=progress.unread,
        aside=progress.aside,
        reasons=progress.told(),
    )
