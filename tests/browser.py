"""A browser without JavaScript: it keeps cookies, reads forms, and sends them back as they were shown."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx2
from starlette.types import ASGIApp


@dataclass
class Form:
    """A form of a page: where it goes, and what it holds already."""

    action: str
    method: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    """What a browser would send if nothing were touched."""
    names: set[str] = field(default_factory=set)
    choices: dict[str, list[str]] = field(default_factory=dict)
    """Boxes, radio buttons and buttons: name -> every value that can be chosen."""


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.text: list[str] = []
        self.links: list[tuple[str, str]] = []
        self._form: Form | None = None
        self._silent = 0
        self._select = ""
        self._area: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag in {"script", "style"}:
            self._silent += 1
        if tag == "a" and "href" in said:
            self.links.append((said["href"], ""))
        if tag == "form":
            self._form = Form(said.get("action", ""), said.get("method", "get").lower())
            self.forms.append(self._form)
        if self._form is None:
            return
        name, value, kind = said.get("name", ""), said.get("value", ""), said.get("type", "text").lower()
        if tag == "select":
            self._select = name
        if tag == "option" and self._select:
            self._form.choices.setdefault(self._select, []).append(value)
            if "selected" in said:
                self._form.fields.append((self._select, value))
        if tag == "textarea":
            self._area = []
        if not name or "disabled" in said:
            return
        self._form.names.add(name)
        if tag == "button" or kind in {"submit", "checkbox", "radio"}:
            self._form.choices.setdefault(name, []).append(value or "on")
            if "checked" in said:
                self._form.fields.append((name, value or "on"))
        elif tag == "input" and kind not in {"button", "file", "image", "reset"}:
            self._form.fields.append((name, value))

    def handle_endtag(self, tag: str) -> None:
        if tag in {"script", "style"}:
            self._silent -= 1
        if tag == "form":
            self._form = None
        if tag == "select":
            self._select = ""

    def handle_data(self, data: str) -> None:
        if not self._silent and data.strip():
            self.text.append(" ".join(data.split()))
            if self.links and not self.links[-1][1]:
                self.links[-1] = (self.links[-1][0], data.strip())


class Page:
    """What came back: status, text, forms, links."""

    def __init__(self, response: httpx2.Response) -> None:
        self.response = response
        self.status = response.status_code
        self.url = str(response.request.url)
        self.html = response.text if "html" in response.headers.get("content-type", "") else ""
        reader = _Reader()
        reader.feed(self.html)
        self.forms = reader.forms
        self.links = reader.links
        self.text = " ".join(reader.text)

    @property
    def path(self) -> str:
        """Where we are, without the query."""
        return urlsplit(self.url).path

    @property
    def location(self) -> str:
        """Where the answer sends, when it sends elsewhere."""
        return urljoin(self.url, self.response.headers.get("location", ""))

    def form(self, *names: str, action: str = "") -> Form:
        """The form that has all these fields, and `action` in its address."""
        for form in self.forms:
            if set(names) <= form.names | form.choices.keys() and action in (form.action or self.url):
                return form
        raise LookupError(f"no form with {names} on {self.url} ({self.status}): {self.text[:400]}")


class Browser:
    """One person's browser on an application."""

    def __init__(self, app: ASGIApp, origin: str, address: str = "127.0.0.1") -> None:
        self.origin = origin
        self.client = httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app, client=(address, 50000)),
            base_url=origin,
            headers={"accept": "text/html,application/xhtml+xml,*/*;q=0.8", "accept-language": "fr"},
        )

    async def get(self, url: str, *, follow: bool = True) -> Page:
        """Open an address; redirects within the origin are followed, the first one that leaves it is given as it is."""
        return await self._follow(await self.client.get(url), follow)

    async def come(self, url: str, fields: Mapping[str, str], *, origin: str) -> Page:
        """A page of another site posts a form here: cookies stay behind (SameSite=Lax), until the next redirect."""
        cookies = httpx2.Cookies(self.client.cookies)
        self.client.cookies.clear()
        headers = {"origin": origin, "sec-fetch-site": "cross-site"}
        response = await self.client.post(url, data=dict(fields), headers=headers)
        self.client.cookies.update(cookies)
        return await self._follow(response, True)

    async def submit(
        self, page: Page, values: Mapping[str, Any] | None = None, *, form: Form | None = None, follow: bool = True
    ) -> Page:
        """Send the form of `page` that has these fields; a list stands for several boxes, None leaves a field out."""
        values = values or {}
        chosen = form or page.form(*(name for name, value in values.items() if value is not None))
        pairs = [(name, value) for name, value in chosen.fields if name not in values]
        for name, value in values.items():
            many = value if isinstance(value, list | tuple) else [] if value is None else [value]
            pairs += [(name, str(one)) for one in many]
        target = urljoin(page.url, chosen.action or page.url)
        headers = {"origin": self.origin, "sec-fetch-site": "same-origin", "referer": page.url}
        if chosen.method == "get":
            return await self._follow(await self.client.get(target, params=pairs), follow)
        body = str(httpx2.QueryParams(pairs))
        headers["content-type"] = "application/x-www-form-urlencoded"
        return await self._follow(await self.client.post(target, content=body, headers=headers), follow)

    async def close(self) -> None:
        """Close the browser."""
        await self.client.aclose()

    async def _follow(self, response: httpx2.Response, follow: bool) -> Page:
        for _ in range(20):
            target = urljoin(str(response.request.url), response.headers.get("location", ""))
            inside = target.startswith(self.origin + "/")
            if not follow or response.status_code not in {301, 302, 303, 307, 308} or not inside:
                return Page(response)
            response = await self.client.get(target)
        raise AssertionError("redirects without end")
