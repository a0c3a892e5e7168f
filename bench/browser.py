"""A browser that is just enough to sign in: it keeps cookies, reads forms, and sends them back filled in."""

import http.client
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

_MOST_STEPS = 20
_REDIRECTS = {301, 302, 303, 307, 308}

Fields = dict[str, list[str]]


@dataclass
class Form:
    """A form of a page: what it would send untouched, and what it lets one choose."""

    action: str
    method: str
    fields: Fields = field(default_factory=dict)
    choices: Fields = field(default_factory=dict)
    """Boxes, radio buttons and buttons: name -> values."""


Fill = Callable[[Form], Mapping[str, str | list[str]] | None]
"""What one writes and chooses in a form; None when it is not the one."""


@dataclass
class Page:
    """An answer."""

    status: int
    url: str
    location: str
    body: bytes


class Browser:
    """One person's browser, speaking to one origin."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self._cookies: dict[str, tuple[str, str]] = {}

    def cookies(self, path: str = "/") -> str:
        """The Cookie header for an address."""
        fitting = ((name, value) for name, (value, where) in self._cookies.items() if path.startswith(where))
        return "; ".join(f"{name}={value}" for name, value in fitting)

    def request(self, method: str, url: str, body: str | None = None) -> Page:
        """One request, its cookies kept, its redirect not followed."""
        url = urljoin(self.origin, url)
        parts = urlsplit(url)
        headers = {"Accept": "text/html", "Origin": self.origin, "Cookie": self.cookies(parts.path)}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=30)
        connection.request(method, parts.path + (f"?{parts.query}" if parts.query else ""), body, headers)
        answer = connection.getresponse()
        data = answer.read()
        for line in answer.headers.get_all("Set-Cookie") or []:
            self._keep(line)
        connection.close()
        return Page(answer.status, url, answer.headers.get("Location", ""), data)

    def walk(self, url: str, until: str, fill: Fill) -> dict[str, str]:
        """Follow redirects and fill forms until an address that begins with `until`; gives its query."""
        page = self.request("GET", url)
        for _ in range(_MOST_STEPS):
            if page.status in _REDIRECTS:
                towards = urljoin(page.url, page.location)
                if towards.startswith(until):
                    return {name: values[0] for name, values in parse_qs(urlsplit(towards).query).items()}
                page = self.request("GET", towards)
            elif page.status == 200:
                page = self._fill(page, fill)
            else:
                break
        raise RuntimeError(f"{page.url} answered {page.status}: {page.body[-400:]!r}")

    def _fill(self, page: Page, fill: Fill) -> Page:
        for form in forms(page.body.decode()):
            if form.method == "post" and (chosen := fill(form)) is not None:
                body = urlencode({**form.fields, **chosen}, doseq=True)
                return self.request("POST", urljoin(page.url, form.action), body)
        raise RuntimeError(f"{page.url} holds no form that we know: {page.body[-400:]!r}")

    def _keep(self, line: str) -> None:
        first, *rest = (part.strip() for part in line.split(";"))
        name, _, value = first.partition("=")
        said = {key.lower(): text for key, _, text in (part.partition("=") for part in rest)}
        if not value or said.get("max-age") == "0" or "1970" in said.get("expires", ""):
            self._cookies.pop(name, None)
        else:
            self._cookies[name] = (value, said.get("path", "/"))


def forms(html: str) -> list[Form]:
    """The forms of a page."""
    reader = _Reader()
    reader.feed(html)
    return reader.found


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[Form] = []
        self._open = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.found.append(Form(said.get("action", ""), said.get("method", "get").lower()))
            self._open = True
        if not self._open or tag not in {"input", "button"} or not said.get("name"):
            return
        kind = said.get("type", "submit" if tag == "button" else "text")
        where = self.found[-1].choices if kind in {"submit", "checkbox", "radio"} else self.found[-1].fields
        where.setdefault(said["name"], []).append(said.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = False
