"""Pages: a template and the card prepared for it make an HTML answer that runs nothing but our own files."""

import gzip
import re
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from kit import curves, french
from kit.assets import Assets, accepts_gzip
from kit.csrf import Csrf
from kit.http import request_id

Shared = Callable[[Request], Mapping[str, Any]]

# What the layout reads; a page or the shared card may say otherwise.
SHELL: Mapping[str, Any] = {
    "person": None,  # who is signed in, as one greets them
    "nav": (),  # [{"label", "href", "icon"}]
    "home": "/",
    "sign_in": None,  # address, when nobody is signed in
    "sign_out": None,  # address of the POST
    "acting_for": None,  # {"name", "leave"}: whose space this is, and the address to come back to one's own
    "footer_links": (),  # [(words, address)]
    "flash": None,  # {"kind", "text"}: what has just been done
}

WORTH_PACKING = 1400  # bytes: below, a page fits in one network packet anyway

_SYMBOL = re.compile(r'<symbol id="([a-z0-9-]+)"')
_MACRO = re.compile(r"{%-?\s*macro\s+([a-z][a-z_]*)\(")
_ORIGIN = re.compile(r"^(https?://[a-z0-9.-]+(:[0-9]{1,5})?|[a-z][a-z0-9+.-]*:)$")
_NEVER_FORM_TARGETS = {"javascript:", "data:", "blob:", "vbscript:", "about:", "filesystem:"}


@dataclass(frozen=True, slots=True)
class Leaf:
    """What belongs to the page being written: its request, and the nonce of its scripts."""

    request: Request
    nonce: str


_leaf: ContextVar[Leaf] = ContextVar("leaf")


class Pages:
    """The templates, the static files, and what every page shares.

    In a template: `asset(path)`, `icon(name, label)`, `csrf_field()`, `csp_nonce`, `request`, `current_path`, `brand`,
    the macros of `templates/macros` as `ui.<macro>(...)`, and the French filters (`kit.french.FILTERS`).
    """

    def __init__(
        self,
        templates: Path,
        static: Path,
        *,
        csrf: Csrf,
        banner: str | None = None,
        globals: Mapping[str, Any] | None = None,  # noqa: A002
    ) -> None:
        """`banner` stands above every page (the demo's); `globals` are seen by every template, `brand` among them."""
        self._csrf = csrf
        self.assets = Assets(static)
        self.environment = Environment(
            loader=FileSystemLoader(templates),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            enable_async=False,
            extensions=[HeldSpaces],
        )
        self.environment.policies["json.dumps_kwargs"] = {"separators": (",", ":")}
        self.environment.filters.update(french.FILTERS)
        self.environment.globals.update(
            asset=self.assets.url,
            icon=self.icon,
            csrf_field=self._csrf_field,
            ui=Kit(self.environment, templates / "macros"),
            curve=curves.curve,
            pack_points=curves.packed,
            brand="Mon espace",
            banner=banner,
            theme=None,  # address of a sheet loaded after ours, which redefines the tokens
        )
        self.environment.globals.update(globals or {})
        self._shared: list[Shared] = []

    def shared(self, card: Shared) -> Shared:
        """Add what `card(request)` returns to every page; the page's own card wins. Usable as a decorator."""
        self._shared.append(card)
        return card

    def render(
        self,
        request: Request,
        template: str,
        *,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        form_action: Sequence[str] | None = (),
        frame_src: Sequence[str] = (),
        **card: Any,
    ) -> Response:
        """The page, never kept by a cache, with its own nonce and policy, and the CSRF cookie where one is needed.

        `form_action`: addresses outside that a form of this page may end up at through a redirect (Chromium applies
        `form-action` to redirects too, so a consent page names the app's); None: anywhere, for a page that only hands
        over a form of an app's. `frame_src`: addresses that this page shows in frames. ValueError if one of them is no
        such address.
        """
        leaf = Leaf(request, secrets.token_urlsafe(18))
        whole: dict[str, Any] = dict(SHELL)
        for prepare in self._shared:
            whole |= prepare(request)
        whole |= card
        whole |= {"request": request, "current_path": request.url.path, "csp_nonce": leaf.nonce}
        whole.setdefault("request_id", request_id(request))
        held = _leaf.set(leaf)
        try:
            text = self.environment.get_template(template).render(whole)
        finally:
            _leaf.reset(held)
        body = text.encode()
        packed = len(body) >= WORTH_PACKING and accepts_gzip(request.headers.get("accept-encoding", ""))
        response = HTMLResponse(
            _packed(body) if packed else body,
            status,
            {
                **({"Content-Encoding": "gzip"} if packed else {}),
                "Vary": "Accept-Encoding",
                "Content-Security-Policy": policy(leaf.nonce, form_action, frame_src),
                "Cache-Control": "no-store",
                "Referrer-Policy": "same-origin",  # "no-referrer" would turn the Origin of our own forms into "null"
                **(headers or {}),
            },
        )
        self._csrf.attach(request, response)
        return response

    def icon(self, name: str, label: str | None = None) -> Markup:
        """A drawing of the sprite: decoration unless it has a `label`. LookupError if the sprite does not have it."""
        sheet = self.assets.find("img/icons.svg")
        if sheet is None or name not in _names(sheet.body):
            raise LookupError(f"no icon named {name}: add it with `python tools/vendor.py sync`")
        seen = Markup('role="img" aria-label="{}"').format(label) if label else Markup('aria-hidden="true"')
        return Markup('<svg class="icon" {} focusable="false"><use href="{}#{}"/></svg>').format(
            seen, self.assets.url("img/icons.svg"), name
        )

    def _csrf_field(self) -> Markup:
        return self._csrf.field(_leaf.get().request)


class HeldSpaces(Extension):
    """The words written in templates keep their marks with them at the end of a line, as French wants."""

    def filter_stream(self, stream: TokenStream) -> Iterator[Token]:
        """Once, when a template is compiled."""
        for token in stream:
            words = token.type in {"data", "string"}
            yield Token(token.lineno, token.type, french.held(token.value)) if words else token


class Kit:
    """Every macro of a folder by its name: `ui.button(...)`, whichever file holds it, with nothing to import."""

    def __init__(self, environment: Environment, folder: Path) -> None:
        self._environment = environment
        self._homes: dict[str, str] = {}
        for file in sorted(folder.glob("*.html")):
            for name in _MACRO.findall(file.read_text()):
                if name in self._homes:
                    raise ValueError(f"two macros named {name}")
                self._homes[name] = f"{folder.name}/{file.name}"

    def __getattr__(self, name: str) -> Any:
        home = self._homes.get(name)
        if home is None:
            raise AttributeError(name)
        return getattr(self._environment.get_template(home).module, name)

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._homes))


def policy(nonce: str, form_action: Sequence[str] | None = (), frame_src: Sequence[str] = ()) -> str:
    """Content Security Policy 3 of a page: our own files, scripts written in the page only with its nonce, no frame."""
    targets = "*"
    if form_action is not None:
        targets = " ".join(["'self'", *dict.fromkeys(origin(address) for address in form_action)])
    frames = [f"frame-src {' '.join(dict.fromkeys(origin(address) for address in frame_src))}"] if frame_src else []
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'self' 'nonce-{nonce}'",
            "style-src 'self'",
            "img-src 'self' data:",
            "font-src 'self'",
            "connect-src 'self'",
            f"form-action {targets}",
            *frames,
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "object-src 'none'",
        )
    )


def origin(address: str) -> str:
    """What `form-action` can say of a redirect address: `https://app.example`, or `com.example.app:` for an app.

    An IPv6 address has no spelling in a policy: its scheme stands for it. ValueError for anything else.
    """
    parts = urlsplit(address)
    scheme = parts.scheme.lower()
    if scheme in {"http", "https"}:
        host = parts.hostname or ""
        port = f":{parts.port}" if parts.port else ""
        said = f"{scheme}:" if ":" in host else f"{scheme}://{host}{port}"
    else:
        said = f"{scheme}:"
    if not _ORIGIN.match(said) or said in _NEVER_FORM_TARGETS:
        raise ValueError("not an address a form may lead to")
    return said


def _packed(body: bytes) -> bytes:
    """The page compressed, its length blurred by a file name of random length, so that comparing lengths says nothing
    of the secrets in it (BREACH; Paulos et al., «Heal the Breach», 2022)."""
    held = BytesIO()
    with gzip.GzipFile("a" * secrets.randbelow(64), "wb", 5, held, mtime=0) as file:
        file.write(body)
    return held.getvalue()


@cache
def _names(sheet: bytes) -> frozenset[str]:
    return frozenset(_SYMBOL.findall(sheet.decode()))
