"""First proof: an identifier and a password. Whatever is wrong, it takes the same time and says the same."""

from dataclasses import dataclass

from sqlalchemy import Connection

from idp.accounts import identifiers
from idp.accounts import store as accounts
from idp.accounts.attempts import Attempts, Count
from idp.accounts.hashing import hasher_of
from idp.accounts.marks import Marks
from idp.accounts.records import Account, Status
from idp.scene import Scene
from idp.sessions import store as sessions
from idp.sessions.browser import Visitor
from kit.limits import network_of
from kit.secrets import digest

_LONGEST_TYPED = 200
"""Characters of an identifier that are looked at."""


@dataclass(frozen=True, slots=True)
class Proven:
    """The password is the account's."""

    account: Account
    rehashed: str | None
    """The same password under newer parameters, when its hash is old."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """No account has this identifier with this password."""


@dataclass(frozen=True, slots=True)
class Locked:
    """The password is right, but the account opens no session."""


@dataclass(frozen=True, slots=True)
class TooMany:
    """Too many failures: nothing was looked at."""

    wait: int
    """Seconds."""


Answer = Proven | Wrong | Locked | TooMany


async def prove(scene: Scene, identifier: str, password: str, who: Visitor, address: str) -> Answer:
    """Look at an identifier and a password; failures are counted for the identifier and for the address."""
    # Cut once: what is looked up and what is counted must be the same text, or spaces would make a count of their own.
    identifier = identifier[:_LONGEST_TYPED]
    hasher = hasher_of(scene.settings)
    now = scene.ground.clock.now()

    def unit(db: Connection) -> tuple[Account | None, frozenset[str]]:
        return (
            accounts.by_identifier(db, identifier),
            sessions.device_owners(db, digest(who.device_secret), now),
        )

    account, owners = await scene.ground.database.read(unit)
    trusted = account is not None and account.person_id in owners
    attempts = _attempts(scene, identifier, who.device_secret if trusted else "", address)
    async with hasher.turns.take():
        if not await attempts.allowed():
            return TooMany(attempts.wait)
        right = await hasher.verify(account.password_hash if account else None, password)
        if not right or account is None:
            await attempts.failed()
            return Wrong()
    if account.status is not Status.ACTIVE:
        return Locked()
    return Proven(account, await hasher.hash(password) if hasher.stale(account.password_hash) else None)


def _attempts(scene: Scene, identifier: str, device: str, address: str) -> Attempts:
    """Strangers share one count for an identifier; a device that its owner used before has its own.

    So nobody keeps the owner out of their account by being wrong on purpose.
    """
    typed = Marks(scene.ground.vault).throttle(f"{identifiers.key(identifier)} {device}")
    return Attempts(
        scene.ground.limits,
        Count("sign-in:identifier", typed, scene.settings.rate_sign_in_identifier),
        Count("sign-in:address", network_of(address), scene.settings.rate_sign_in_address),
    )
