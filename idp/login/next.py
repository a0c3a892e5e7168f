"""Where a sign-in leads: one of our own paths, signed, so that no one can send a person elsewhere by a link of ours."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from idp.scene import Scene
from idp.sessions.records import Session, proven_since
from kit.database import from_millis, to_millis
from kit.seals import Broken

HOME = "/espace/"
"""Where one goes who asked for nothing else."""
SIGN_IN = "/signin"
_GOOD_FOR = timedelta(days=1)
_PURPOSE = "idp: after sign-in"


@dataclass(frozen=True, slots=True)
class Onward:
    """What was asked of a sign-in."""

    path: str = HOME
    fresh_since: datetime | None = None
    """A proof older than this does not do (`prompt=login`, `max_age`)."""
    hint: str = ""
    """The identifier that the asker believes it is."""
    level: str | None = None
    """The `acr` that is needed."""
    towards: str = ""
    """Where `path` may lead outside without another page: forms on the way must be allowed to end there (CSP)."""


def sign_in_link(
    scene: Scene,
    path: str,
    *,
    fresh_since: datetime | None = None,
    hint: str = "",
    level: str | None = None,
    towards: str = "",
) -> str:
    """The address that signs a person in, then sends them to `path`. Raises ValueError unless it is a path of ours."""
    if not local(path):
        raise ValueError("a sign-in only leads to one of our own paths")
    return f"{SIGN_IN}?{urlencode({'next': write(scene, Onward(path, fresh_since, hint, level, towards))})}"


def write(scene: Scene, onward: Onward) -> str:
    """The signed value of the `next` parameter."""
    since = to_millis(onward.fresh_since) if onward.fresh_since else None
    value = [onward.path, since, onward.hint[:100], onward.level, onward.towards]
    return scene.ground.vault.signed(_PURPOSE).write(value, scene.ground.clock.now())


def read(scene: Scene, text: str) -> Onward:
    """What a `next` parameter asks; what is not signed by us, or long ago, asks for nothing."""
    if not text:
        return Onward()
    try:
        value = scene.ground.vault.signed(_PURPOSE).read(text, scene.ground.clock.now(), _GOOD_FOR.total_seconds())
    except Broken:
        return Onward()
    if not isinstance(value, list) or len(value) != 5 or not local(str(value[0])):
        return Onward()
    path, since, hint, level, towards = value
    fresh_since = from_millis(int(since)) if since is not None else None
    return Onward(str(path), fresh_since, str(hint), level, str(towards))


def satisfied(session: Session | None, onward: Onward) -> bool:
    """True when the session already is what was asked: the browser goes on at once."""
    if session is None:
        return False
    return proven_since(session, onward.fresh_since) and onward.level in (None, session.acr)


def local(path: str) -> bool:
    """True for a path of this origin, not another host's (`//evil.example`, `/\\evil.example`), with nothing hidden."""
    plain = path.isascii() and path.isprintable() and " " not in path
    return plain and path.startswith("/") and not path.startswith("//") and "\\" not in path
