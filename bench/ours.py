"""Our own provider as a target: prepared and signed in to as the demo, measured as it is deployed (`espace serve`)."""

import json
import re
import shutil
import sys
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from urllib.parse import quote
from urllib.request import urlopen

from bench import machine, people
from bench.browser import Browser, Form
from bench.database import Postgres, Sqlite
from bench.target import Endpoints, Party, Server
from kit.database import Database
from service.demo.folder import Folder
from service.demo.shape import Shape
from service.demo.stand import stand
from service.house import House
from service.settings import Settings

_ESPACE = Path(sys.executable).parent / "espace"
_IDENTITY = "openid profile email offline_access"
_PATIENCE = 10.0
_QUIET = {"ESPACE_SERVER__LOG_REQUESTS": "false"}
_OFTEN = {
    "ESPACE_IDP__RATE_SIGN_IN_ADDRESS": "10000 per minute",
    "ESPACE_IDP__RATE_CODE_SEND": "10000 per minute",
}
"""While everybody signs in from this one machine."""


class Ours:
    """The provider of this repository over one database."""

    endpoints: Endpoints
    keyed: Party | None
    bound: Party | None
    scope = _IDENTITY
    redirect_uri = "http://127.0.0.1/cb"

    def __init__(self, database: Sqlite | Postgres, folder: Path, port: int, core: str, *, log_lines: bool) -> None:
        self.name = f"espace, {database.name}"
        self.origin = f"http://localhost:{port}"
        self._database = database
        self._folder = folder
        self._core = core
        self._port = port
        self._log = folder.with_suffix(".log")
        self._environment = {
            "DATABASE_URL": database.url,
            "ESPACE_DATABASE__SYNCHRONOUS": database.synchronous,
            **({} if log_lines else _QUIET),
        }
        self._lines = "one log line a request" if log_lines else "no log line a request"
        command = [str(_ESPACE), "--data", str(folder), "serve", "--host", "127.0.0.1"]
        self.server = self._server(command, self._environment)
        self.client = Party("")

    def prepare(self, sessions: int) -> list[str]:
        """Fill a new database, sign everybody in by the pages, stop."""
        demo = self._server(
            [str(_ESPACE), "demo", "--port", str(self._port), "--data", str(self._folder)], self._environment | _OFTEN
        )
        demo.start()
        try:
            self._known()
            demo.stop()
            key = people.furnish(self._house(), sessions)
            self.keyed = Party(people.KEYED, jwk=key, audience=self.origin)
            self.bound = Party(people.BOUND, jwk=key, audience=self.origin)
            demo.start()
            return [self._sign_in(number) for number in range(sessions)]
        finally:
            demo.stop()

    def measures(self, session: int) -> str:
        """What adds measures."""
        return "openid offline_access measures:read measures:write"

    def databases(self) -> list[int]:
        """PostgreSQL's processes that serve us."""
        return self._database.processes()

    def about(self) -> dict[str, str]:
        """Versions and choices."""
        return {**self._database.about(), "server": f"espace serve, one process, {self._lines}", **machine.described()}

    def close(self) -> None:
        """Stop, and forget the data."""
        self.server.stop()
        self._database.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _server(self, command: list[str], environment: Mapping[str, str]) -> Server:
        return Server(command, self.origin, "/readyz", self._log, environment, self._core)

    def _known(self) -> None:
        card = json.loads((self._folder / "demo.json").read_text())
        bench = next(one for one in card["clients"] if one["client_id"] == "bench")
        self.client = Party("bench", bench["client_secret"])
        base = card["resources"]["dossier"].removeprefix(card["issuer"])
        self.endpoints = Endpoints(measures=base)
        self._inbox = card["inbox"]

    def _house(self) -> House:
        place = Folder(self._folder)
        settings = place.settings(Settings(), Shape(port=self._port), self._database.url)
        return stand(settings, self._folder, place.clock, Database.open(self._database.url))

    def _sign_in(self, number: int) -> str:
        """By the pages of the demo: identifier, password, code, consents."""
        browser = Browser(self.origin)
        scope = quote(f"{_IDENTITY} measures:read measures:write")
        address = (
            f"/authorize?client_id=bench&response_type=code&redirect_uri={quote(self.redirect_uri)}&scope={scope}"
            f"&state=s&nonce=n&code_challenge={'A' * 43}&code_challenge_method=S256"
        )
        got = browser.walk(address, self.redirect_uri, partial(self._fill, number))
        if "code" not in got:
            raise RuntimeError(f"{people.identifier(number)} could not sign in: {got}")
        return browser.cookies("/authorize")

    def _fill(self, number: int, form: Form) -> Mapping[str, str | list[str]] | None:
        if "password" in form.fields:
            return {"identifier": people.identifier(number), "password": people.PASSWORD}
        if "code" in form.fields:
            return {"code": self._code(people.mobile(number))}
        if "decision" in form.choices:
            return {
                "decision": "allow",
                "consent": form.choices.get("consent", []),
                "scope": form.choices.get("scope", []),
                "duration": "P3M",
            }
        return None

    def _code(self, to: str) -> str:
        """The newest code in the demo's inbox."""
        until = time.monotonic() + _PATIENCE
        while time.monotonic() < until:
            with urlopen(f"{self._inbox}?to={quote(to)}", timeout=5) as answer:
                for message in json.loads(answer.read()):
                    if found := re.search(r"(?<!\d)\d{6}(?!\d)", message["text"]):
                        return found[0]
            time.sleep(0.05)
        raise RuntimeError(f"no code came to {to}")
