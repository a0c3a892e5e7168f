"""A browser that fills the forms it is shown."""

import re
from html.parser import HTMLParser
from typing import Any

import httpx2


class Forms(HTMLParser):
    """The forms of a page: address, and the fields that are sent as they are."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self.found.append((given.get("action") or "", {}))
        elif tag == "input" and self.found and given.get("name") and given.get("type") in {"hidden", "text", None}:
            self.found[-1][1][str(given["name"])] = given.get("value") or ""


class Browser:
    """Keeps cookies, does not follow redirects by itself."""

    def __init__(self, http: httpx2.AsyncClient) -> None:
        self.http = http

    async def get(self, url: str, **how: Any) -> httpx2.Response:
        return await self.http.get(url, **how)

    async def submit(self, page: httpx2.Response, action: str, files: Any = None, **fields: str) -> httpx2.Response:
        """Fill and send the form of that address."""
        known = dict(Forms(page.text).found)[action]
        return await self.http.post(
            action, data={**known, **fields}, files=files, headers={"origin": str(self.http.base_url).rstrip("/")}
        )


def text_of(page: httpx2.Response) -> str:
    """What one reads on the page."""
    body = re.sub(r"(?s)<(script|style).*?</\1>", " ", page.text)
    return " ".join(re.sub(r"<[^>]+>", " ", body).split())
