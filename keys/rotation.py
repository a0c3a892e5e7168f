"""Change signing keys without one failed verification: announce, then sign, then retire."""

from datetime import datetime

from sqlalchemy import Connection

from keys import store
from keys.records import SigningKey, State
from keys.settings import KeySettings
from kit.seals import Vault


def ensure(db: Connection, vault: Vault, settings: KeySettings, now: datetime) -> list[SigningKey]:
    """Make the signing keys that are missing; gives those made."""
    seal = vault.seal(store.PURPOSE)
    present = {key.algorithm for key in store.all_keys(db, seal) if key.state is State.SIGNING}
    return [store.add(db, seal, alg, State.SIGNING, now) for alg in settings.algorithms if alg not in present]


def announce(db: Connection, vault: Vault, settings: KeySettings, now: datetime) -> list[SigningKey]:
    """Publish the next key of each algorithm: verifiers learn it before anything is signed with it."""
    seal = vault.seal(store.PURPOSE)
    waiting = {key.algorithm for key in store.all_keys(db, seal) if key.state is State.ANNOUNCED}
    return [store.add(db, seal, alg, State.ANNOUNCED, now) for alg in settings.algorithms if alg not in waiting]


def promote(db: Connection, settings: KeySettings, now: datetime) -> list[str]:
    """Sign with the announced keys; gives the algorithms that changed hands."""
    dies_at = now + settings.overlap
    changed = [alg for alg in settings.algorithms if store.promote(db, alg, now, dies_at)]
    store.bury(db, now)  # with no overlap, a key that was stolen is withdrawn at once
    return changed


def tick(db: Connection, vault: Vault, settings: KeySettings, now: datetime) -> None:
    """What the worker does from time to time: announce when due, promote when announced long enough, bury the dead."""
    keys = store.all_keys(db, vault.seal(store.PURPOSE))
    announced = [key for key in keys if key.state is State.ANNOUNCED]
    signing = [key for key in keys if key.state is State.SIGNING]
    if any(key.created_at + settings.announce_for <= now for key in announced):
        promote(db, settings, now)
    elif signing and _oldest(signing) + settings.rotate_every <= now:
        announce(db, vault, settings, now)
    store.bury(db, now)


def _oldest(keys: list[SigningKey]) -> datetime:
    return min(key.promoted_at or key.created_at for key in keys)
