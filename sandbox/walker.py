"""A person at a browser, played by a script: signs in with the code of the inbox, reads each page, fills its form.

It uses nothing but the pages, the inbox and the field names that docs/automation.md promises.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin

import httpx2

_CODE = re.compile(r"(?<!\d)(\d{6})(?!\d)")
_MOST_STEPS = 20


class Lost(Exception):
    """The way does not lead where it should; the message says where it stopped, and what to look at."""


@dataclass(slots=True)
class Form:
    """One form of a page."""

    action: str
    method: str = "get"
    fields: dict[str, str] = field(default_factory=dict)
    """What is sent as it is: hidden fields, and what is filled in already."""
    boxes: dict[str, list[str]] = field(default_factory=dict)
    """Check boxes: name -> values offered."""
    radios: dict[str, list[str]] = field(default_factory=dict)
    buttons: dict[str, list[str]] = field(default_factory=dict)

    def has(self, *names: str) -> bool:
        """Every one of these can be filled in."""
        return all(name in self.fields or name in self.boxes or name in self.buttons for name in names)


@dataclass(frozen=True, slots=True)
class Walker:
    """Who walks, and what they choose on the way."""

    http: httpx2.AsyncClient
    inbox: str
    identifier: str
    password: str
    addresses: tuple[str, ...]
    """Where the one-time code may arrive."""
    consents: tuple[str, ...] = ("measures:read", "measures:write")
    duration: str = "P3M"

    async def walk(self, start: str, until: str) -> str:
        """Follow redirects and fill forms from `start`; gives the first address that begins with `until`, unopened.

        Raises Lost.
        """
        answer = await self.http.get(start)
        for _ in range(_MOST_STEPS):
            if answer.is_redirect:
                here = urljoin(str(answer.url), answer.headers.get("location", ""))
                if here.split("?")[0] == until:
                    return here
                answer = await self.http.get(here)
                continue
            answer = await self._fill(answer)
        raise Lost(f"no end after {_MOST_STEPS} pages, the last one at {answer.url.path}")

    async def _fill(self, page: httpx2.Response) -> httpx2.Response:
        if page.status_code != 200:
            raise Lost(f"{page.url.path} answered {page.status_code}: {_heading(page.text)}")
        for form in forms_of(page.text):
            if form.has("identifier", "password"):
                return await self._send(page, form, {"identifier": self.identifier, "password": self.password})
            if form.has("code"):
                return await self._send(page, form, {"code": await self._code()})
            if form.has("consent", "decision"):
                return await self._send(page, form, self._agreed(form))
            if form.has("decision"):
                chosen: dict[str, str | list[str]] = {"decision": "allow", "scope": form.boxes.get("scope", [])}
                return await self._send(page, form, chosen)
        raise Lost(f"nothing to fill in at {page.url.path}: {_heading(page.text)}")

    async def _send(self, page: httpx2.Response, form: Form, filled: Mapping[str, str | list[str]]) -> httpx2.Response:
        action = urljoin(str(page.url), form.action or str(page.url))
        answer = await self.http.request(form.method, action, data={**form.fields, **filled})
        if answer.status_code in {400, 401, 403, 422, 429}:
            raise Lost(f"{answer.url.path} refused what was filled in: {_heading(answer.text)}")
        return answer

    def _agreed(self, form: Form) -> dict[str, str | list[str]]:
        offered = form.boxes.get("consent", [])
        wanted = [consent for consent in self.consents if consent in offered]
        if not wanted:
            raise Lost(f"none of {', '.join(self.consents)} is offered: {', '.join(offered) or 'nothing is'}")
        agreed: dict[str, str | list[str]] = {"decision": "allow", "consent": wanted}
        if "scope" in form.boxes:
            agreed["scope"] = form.boxes["scope"]
        if durations := form.radios.get("duration"):
            agreed["duration"] = self.duration if self.duration in durations else durations[0]
        return agreed

    async def _code(self) -> str:
        """The newest code among the person's addresses."""
        found: list[dict[str, str]] = []
        for address in self.addresses:
            answer = await self.http.get(self.inbox, params={"to": address}, headers={"accept": "application/json"})
            found += answer.json() if answer.is_success else []
        for message in sorted(found, key=lambda one: one["sent_at"], reverse=True):
            if code := _CODE.search(message["text"]):
                return code[1]
        raise Lost(f"no code came to {' or '.join(self.addresses)}: look at {self.inbox}")


def forms_of(html: str) -> list[Form]:
    """The forms of a page, in order."""
    reader = _Reader()
    reader.feed(html)
    return reader.forms


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(given.get("action", ""), given.get("method", "get").lower()))
        name = given.get("name")
        if not name or not self.forms or tag not in {"input", "button"}:
            return
        form, value = self.forms[-1], given.get("value", "")
        match given.get("type", "submit" if tag == "button" else "text"):
            case "checkbox":
                form.boxes.setdefault(name, []).append(value or "on")
            case "radio":
                form.radios.setdefault(name, []).append(value)
            case "submit":
                form.buttons.setdefault(name, []).append(value)
            case "button" | "reset" | "image" | "file":
                pass
            case _:
                form.fields[name] = value


def _heading(html: str) -> str:
    """The title of the page and its errors, in a line."""
    found = re.findall(r"(?s)<h1[^>]*>(.*?)</h1>|class=\"field-error\"[^>]*>(.*?)</p>", html)
    said = " / ".join(" ".join(re.sub(r"<[^>]+>", " ", one or other).split()) for one, other in found)
    return said[:200] or "no title"
