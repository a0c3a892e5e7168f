"""Change keys without one failed verification: announce, then sign, then retire."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from keys import store
from keys.making import Stock
from keys.records import OwnKey, State
from keys.settings import KeySettings
from kit.seals import Vault


def missing(db: Connection, vault: Vault, settings: KeySettings) -> tuple[str, ...]:
    """The algorithms that have no key in use: what `ensure` makes."""
    return _missing(store.all_keys(db, vault.seal(store.PURPOSE)), settings)


def next_ones(db: Connection, vault: Vault, settings: KeySettings) -> tuple[str, ...]:
    """The algorithms whose next key is not made yet: what `announce` makes."""
    signing = _unannounced(store.all_keys(db, vault.seal(store.PURPOSE)), settings)
    return (*signing, *settings.encryption) if signing else ()


def due(db: Connection, vault: Vault, settings: KeySettings, now: datetime) -> tuple[str, ...]:
    """The algorithms that `tick` will make a key for now."""
    keys = store.all_keys(db, vault.seal(store.PURPOSE))
    if _time_to_announce(keys, settings, now):
        return next_ones(db, vault, settings)
    return _missing(keys, settings)


def ensure(
    db: Connection, vault: Vault, settings: KeySettings, now: datetime, stock: Stock | None = None
) -> list[OwnKey]:
    """Put in use the keys that are missing; gives those made."""
    seal, ready = vault.seal(store.PURPOSE), stock or Stock(settings)
    return [
        store.add(
            db, seal, ready.take(alg, now), State.DECRYPTING if alg in settings.encryption else State.SIGNING, now
        )
        for alg in _missing(store.all_keys(db, seal), settings)
    ]


def announce(
    db: Connection, vault: Vault, settings: KeySettings, now: datetime, stock: Stock | None = None
) -> list[OwnKey]:
    """Publish the next key of each algorithm: verifiers learn it before anything is signed with it.

    The keys that others encrypt to change at the same time, and at once: the former ones go on opening.
    """
    seal, ready = vault.seal(store.PURPOSE), stock or Stock(settings)
    signing = _unannounced(store.all_keys(db, seal), settings)
    made = [store.add(db, seal, ready.take(alg, now), State.ANNOUNCED, now) for alg in signing]
    if made:
        for alg in settings.encryption:
            fresh = store.add(db, seal, ready.take(alg, now), State.DECRYPTING, now)
            store.retire_others(db, fresh, now, now + settings.overlap)
            made.append(fresh)
    return made


def promote(db: Connection, settings: KeySettings, now: datetime) -> list[str]:
    """Sign with the announced keys; gives the algorithms that changed hands."""
    dies_at = now + settings.overlap
    changed = [alg for alg in settings.algorithms if store.promote(db, alg, now, dies_at)]
    store.bury(db, now)  # with no overlap, a key that was stolen is withdrawn at once
    return changed


def tick(db: Connection, vault: Vault, settings: KeySettings, now: datetime, stock: Stock | None = None) -> None:
    """What the worker does from time to time: announce when due, promote when announced long enough, bury the dead."""
    keys = store.all_keys(db, vault.seal(store.PURPOSE))
    announced = [key for key in keys if key.state is State.ANNOUNCED]
    if announced and all(key.created_at + settings.announce_for <= now for key in announced):
        promote(db, settings, now)
    elif _time_to_announce(keys, settings, now):
        announce(db, vault, settings, now, stock)
    elif any(key.state is State.SIGNING for key in keys):
        ensure(db, vault, settings, now, stock)  # an algorithm that the settings have since a moment
    store.bury(db, now)


def _time_to_announce(keys: Sequence[OwnKey], settings: KeySettings, now: datetime) -> bool:
    signing = [key.promoted_at or key.created_at for key in keys if key.state is State.SIGNING]
    waiting = any(key.state is State.ANNOUNCED for key in keys)
    return bool(signing) and not waiting and min(signing) + settings.rotate_every <= now


def _missing(keys: Sequence[OwnKey], settings: KeySettings) -> tuple[str, ...]:
    present = {key.algorithm for key in keys if key.state in {State.SIGNING, State.DECRYPTING}}
    return tuple(alg for alg in (*settings.algorithms, *settings.encryption) if alg not in present)


def _unannounced(keys: Sequence[OwnKey], settings: KeySettings) -> tuple[str, ...]:
    waiting = {key.algorithm for key in keys if key.state is State.ANNOUNCED}
    return tuple(alg for alg in settings.algorithms if alg not in waiting)
