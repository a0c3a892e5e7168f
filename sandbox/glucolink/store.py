"""The SQL of the reader app. Its tokens are sealed: who reads its database cannot use them."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Connection, delete, insert, select, update

from kit.ids import new
from kit.seals import Seal
from kit.secrets import digest
from sandbox.glucolink.departure import Departure
from sandbox.glucolink.provider import Tokens
from sandbox.glucolink.records import Link, LinkState, Upload, UploadState
from sandbox.tables import departures, links, uploads

PATIENCE = timedelta(minutes=30)
"""How long a departure waits for its return."""
MOST_SHOWN = 20


class Store:
    """Links, departures and uploads, under one seal."""

    def __init__(self, seal: Seal) -> None:
        self._seal = seal

    def depart(self, db: Connection, browser: str, departure: Departure, now: datetime) -> None:
        """Remember a departure of this browser; forget those that never came back."""
        db.execute(delete(departures).where(departures.c.left_at < now - PATIENCE))
        key = digest(departure.state)
        sealed = self._seal.close(msgspec.json.encode(departure), key)
        db.execute(
            insert(departures).values(
                state=key, browser=digest(browser), kind=departure.kind, secrets=sealed, left_at=now
            )
        )

    def come_back(self, db: Connection, browser: str, state: str, now: datetime) -> Departure | None:
        """The departure of this browser with that state, once."""
        key = digest(state)
        gone = (
            delete(departures)
            .where(
                departures.c.state == key,
                departures.c.browser == digest(browser),
                departures.c.left_at >= now - PATIENCE,
            )
            .returning(departures.c.secrets)
        )
        sealed = db.execute(gone).scalar_one_or_none()
        return msgspec.json.decode(self._seal.open(sealed, key), type=Departure) if sealed else None

    def link_of(self, db: Connection, browser: str) -> Link | None:
        """The link of this browser."""
        return self._one(db, links.c.browser == digest(browser)) if browser else None

    def link(self, db: Connection, link_id: str) -> Link | None:
        """The link of that identifier."""
        return self._one(db, links.c.id == link_id)

    def begin(self, db: Connection, browser: str, state: LinkState, tokens: Tokens, now: datetime) -> str:
        """Link this browser, or link it again; gives the link's identifier."""
        known = self.link_of(db, browser)
        identifier = known.id if known else new("glk", now)
        values: dict[str, Any] = {
            "state": str(state),
            "tokens": self._closed(tokens, identifier),
            "pairing_uri": None,
            "trouble": None,
            "changed_at": now,
        }
        if known is None:
            row = {"id": identifier, "browser": digest(browser), "token_version": 1, "made_at": now, **values}
            db.execute(insert(links).values(row))
        else:
            version = links.c.token_version + 1
            db.execute(update(links).where(links.c.id == identifier).values(token_version=version, **values))
        return identifier

    def paired(self, db: Connection, link_id: str, state: LinkState, pairing_uri: str | None, now: datetime) -> None:
        """Say how far the pairing is."""
        values: dict[str, Any] = {"state": str(state), "trouble": None, "changed_at": now}
        if pairing_uri is not None:
            values["pairing_uri"] = pairing_uri
        db.execute(update(links).where(links.c.id == link_id).values(values))

    def renew(self, db: Connection, before: Link, tokens: Tokens, now: datetime) -> bool:
        """Keep new tokens in the place of those of `before`; False when another request was first."""
        done = db.execute(
            update(links)
            .where(links.c.id == before.id, links.c.token_version == before.token_version)
            .values(
                tokens=self._closed(tokens, before.id),
                token_version=before.token_version + 1,
                changed_at=now,
            )
        )
        return done.rowcount == 1

    def trouble(self, db: Connection, link_id: str, code: str | None, lost: bool, now: datetime) -> None:
        """Keep what the provider refused with; when the link is lost its tokens go too."""
        values: dict[str, Any] = {"trouble": code, "changed_at": now}
        if lost:
            values |= {"state": str(LinkState.ENDED), "tokens": None, "token_version": links.c.token_version + 1}
        db.execute(update(links).where(links.c.id == link_id).values(values))

    def add_upload(self, db: Connection, upload: Upload) -> None:
        """Keep a new upload."""
        db.execute(insert(uploads).values(_row(upload)))

    def save_upload(self, db: Connection, upload: Upload) -> None:
        """Keep how far an upload is."""
        db.execute(update(uploads).where(uploads.c.id == upload.id).values(_row(upload)))

    def upload(self, db: Connection, link_id: str, upload_id: str) -> Upload | None:
        """One upload of that link."""
        query = select(uploads).where(uploads.c.id == upload_id, uploads.c.link_id == link_id)
        row = db.execute(query).mappings().first()
        return _upload(dict(row)) if row else None

    def uploads_of(self, db: Connection, link_id: str) -> list[Upload]:
        """The latest uploads of a link, newest first."""
        query = select(uploads).where(uploads.c.link_id == link_id)
        query = query.order_by(uploads.c.made_at.desc(), uploads.c.id.desc()).limit(MOST_SHOWN)
        return [_upload(dict(row)) for row in db.execute(query).mappings()]

    def unfinished(self, db: Connection) -> list[Upload]:
        """What a restart interrupted."""
        running = [str(state) for state in UploadState if state.running]
        query = select(uploads).where(uploads.c.state.in_(running)).order_by(uploads.c.made_at)
        return [_upload(dict(row)) for row in db.execute(query).mappings()]

    def _one(self, db: Connection, condition: Any) -> Link | None:
        row = db.execute(select(links).where(condition)).mappings().first()
        if row is None:
            return None
        tokens = None
        if row["tokens"] is not None:
            tokens = msgspec.json.decode(self._seal.open(row["tokens"], row["id"]), type=Tokens)
        return Link(
            id=row["id"],
            state=LinkState(row["state"]),
            tokens=tokens,
            token_version=row["token_version"],
            pairing_uri=row["pairing_uri"],
            trouble=row["trouble"],
            made_at=row["made_at"],
            changed_at=row["changed_at"],
        )

    def _closed(self, tokens: Tokens, link_id: str) -> bytes:
        return self._seal.close(msgspec.json.encode(replace(tokens, id_token=None)), link_id)


def _row(upload: Upload) -> dict[str, Any]:
    row = {column.name: getattr(upload, column.name) for column in uploads.columns}
    return {**row, "state": str(upload.state), "reasons": dict(upload.reasons)}


def _upload(row: dict[str, Any]) -> Upload:
    return Upload(**{**row, "state": UploadState(row["state"]), "reasons": row["reasons"] or {}})
