"""Files the browser keeps: each under an address that names its content, so that it may be kept for ever.

`/static/css/app.css` is asked as `/static/css/app.3f2ac01d9e.css`. What a style sheet or a module refers to
(`url(...)`, `import "./x.js"`) is rewritten the same way, so a font that changes changes its style sheet too.
"""

import gzip
import hashlib
import posixpath
import re
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

FOREVER = "public, max-age=31536000, immutable"
BRIEFLY = "no-cache"  # a name without its mark may change: ask again, the ETag answers quickly
SERVED = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".csv": "text/csv; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".json": "application/json",
}
COMPRESSED = {".css", ".js", ".svg", ".csv", ".txt", ".json"}

_MARKED = re.compile(r"^(?P<stem>.+)\.(?P<mark>[0-9a-f]{10})(?P<ext>\.[a-z0-9]+)$")
_STYLE_REFERENCE = re.compile(r"""url\((?P<q>["']?)(?P<path>\.{1,2}/[^"')#?]+)(?P=q)\)""")
_MODULE_REFERENCE = re.compile(r"""(?P<before>\b(?:from|import)\s*\(?\s*)(?P<q>["'])(?P<path>\.{1,2}/[^"']+)(?P=q)""")


@dataclass(frozen=True, slots=True)
class Asset:
    """One file as it is served: its content, the same compressed, the mark of its content."""

    path: str
    body: bytes
    packed: bytes | None
    mark: str
    kind: str
    changed: int


class Assets:
    """The files under `static`, addressed by content. Also the ASGI application that serves them at `mount`.

    A file that changes on disk is read again at once; what refers to it, when it changes too or at the next start.
    """

    def __init__(self, static: Path, mount: str = "/static") -> None:
        self.static = static.resolve()
        self.mount = mount.rstrip("/")
        self._known: dict[str, Asset] = {}

    def url(self, path: str) -> str:
        """The address of a file, its content's mark included. LookupError if there is no such file."""
        asset = self.find(path)
        if asset is None:
            raise LookupError(f"no such static file: {path}")
        stem, ext = posixpath.splitext(asset.path)
        return f"{self.mount}/{stem}.{asset.mark}{ext}"

    def find(self, path: str) -> Asset | None:
        """The file as served, or nothing: unknown, outside the folder, hidden, or of a kind we do not serve."""
        clean = posixpath.normpath(path)
        if clean != path or path.startswith(("/", ".")) or "/." in path or "\\" in path or "\0" in path:
            return None
        kind = SERVED.get(posixpath.splitext(path)[1])
        if kind is None:
            return None
        file = self.static / path
        try:
            changed = file.stat().st_mtime_ns
        except OSError:
            return None
        known = self._known.get(path)
        if known is not None and known.changed == changed:
            return known
        if not file.is_file() or not file.resolve().is_relative_to(self.static):
            return None
        return self._read(path, file, kind, changed)

    def _read(self, path: str, file: Path, kind: str, changed: int) -> Asset:
        body = file.read_bytes()
        ext = posixpath.splitext(path)[1]
        if ext in {".css", ".js"} and not path.startswith("vendor/"):
            body = self._marked_references(path, ext, body.decode()).encode()
        packed = gzip.compress(body, 9, mtime=0) if ext in COMPRESSED else None
        asset = Asset(path, body, packed, hashlib.sha256(body).hexdigest()[:10], kind, changed)
        self._known[path] = asset
        return asset

    def _marked_references(self, path: str, ext: str, text: str) -> str:
        folder = posixpath.dirname(path)

        def marked(reference: str) -> str:
            return self.url(posixpath.normpath(posixpath.join(folder, reference)))

        if ext == ".css":
            return _STYLE_REFERENCE.sub(lambda m: f'url("{marked(m["path"])}")', text)
        return _MODULE_REFERENCE.sub(lambda m: f'{m["before"]}"{marked(m["path"])}"', text)

    def answer(self, path: str, request: Request) -> Response:
        """What the browser gets for a path below the mount: the file, 304 if it has it already, or 404."""
        found = _MARKED.match(path)
        plain = f"{found['stem']}{found['ext']}" if found else path
        asset = self.find(plain)
        if asset is None:
            return Response("Not found", 404, media_type="text/plain")
        # A page written before an upgrade asks for the file as it was: it gets today's, not to be kept under that name.
        exact = found is not None and found["mark"] == asset.mark
        etag = f'"{asset.mark}"'
        headers = {
            "Cache-Control": FOREVER if exact else BRIEFLY,
            "ETag": etag,
            "Cross-Origin-Resource-Policy": "same-origin",
        }
        if asset.packed is not None:
            headers["Vary"] = "Accept-Encoding"
        if etag in [tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")]:
            return Response(status_code=304, headers=headers)
        body = asset.body
        if asset.packed is not None and accepts_gzip(request.headers.get("accept-encoding", "")):
            body = asset.packed
            headers["Content-Encoding"] = "gzip"
        return Response(body, headers={**headers, "Content-Type": asset.kind})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI: mount it at the same place as `mount`. GET and HEAD only."""
        request = Request(scope, receive)
        if request.method not in {"GET", "HEAD"}:
            response = Response("Method not allowed", 405, headers={"Allow": "GET, HEAD"}, media_type="text/plain")
        else:
            full: str = scope["path"]
            root: str = scope.get("root_path", "")
            path = full[len(root) :] if root and full.startswith(root) else full.removeprefix(self.mount)
            response = self.answer(path.lstrip("/"), request)
        await response(scope, receive, send)


def accepts_gzip(header: str) -> bool:
    """RFC 9110 §12.5.3: may the answer be compressed with gzip, by the request's Accept-Encoding?"""
    for part in header.lower().split(","):
        coding, _, parameters = part.strip().partition(";")
        if coding.strip() in {"gzip", "*"}:
            return parameters.replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return False
