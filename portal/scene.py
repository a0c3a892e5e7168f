"""What the pages of the patient's web application are given."""

from dataclasses import dataclass
from typing import Any

import httpx2
from joserfc.jwk import Key

from kit.ground import Ground
from portal.client import Outside
from portal.oidc import Provider
from portal.settings import PortalSettings


@dataclass(frozen=True, slots=True)
class Credential:
    """A made-up person of the demo, as the entrance shows them."""

    name: str
    words: str
    facts: tuple[tuple[str, str], ...] = ()
    """What to type, with its label: identifier, password, provisional code…"""


@dataclass(frozen=True, slots=True)
class DemoLink:
    """A page of the demo that a visitor may want."""

    label: str
    href: str
    words: str
    icon: str = "link"


@dataclass(frozen=True, slots=True)
class Demo:
    """What the entrance of a demo shows besides: given by the composition root, never in a real deployment."""

    people: tuple[Credential, ...] = ()
    links: tuple[DemoLink, ...] = ()


@dataclass(frozen=True, slots=True)
class Scene:
    """The means of the house, the outside world, and our own settings."""

    ground: Ground
    settings: PortalSettings
    outside: Outside
    provider: Provider
    demo: Demo | None = None


def build(
    ground: Ground,
    settings: PortalSettings,
    key: Key,
    *,
    inside: Any = None,
    transport: httpx2.AsyncBaseTransport | None = None,
    demo: Demo | None = None,
) -> Scene:
    """The scene of this process. `key` is our private key: the provider knows its public half under our client_id.

    `inside` is the ASGI application to reach without a socket (embedded shape); without it, real HTTP.
    Close it at the end: `await scene.outside.close()`.
    """
    located = settings.located(ground.issuer)
    outside = Outside(inside=inside, transport=transport)
    return Scene(ground, located, outside, Provider(located, outside, ground.clock, key), demo)
