"""A peer to measure side by side: oidc-provider (Node.js) on the same PostgreSQL, doing the same work.

It is not installed with us: `npm install oidc-provider pg` in a folder of one's choice, named by `--peer`.
"""

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path

from bench import machine
from bench.browser import Browser, Form
from bench.database import Postgres, Sqlite
from bench.target import Endpoints, Party, Server
from kit import jose

_HERE = Path(__file__).resolve().parent / "peers"
_SECRET = "a-secret-for-benchmarks-and-nothing-else"


class OidcProvider:
    """The peer over one database of its own."""

    endpoints = Endpoints(
        token="/token",
        authorize="/auth",
        pushed="/request",
        introspection="/token/introspection",
        userinfo="/me",
        ready="/.well-known/openid-configuration",
    )
    scope = "openid profile email offline_access"
    redirect_uri = "http://127.0.0.1/cb"

    def __init__(self, database: Sqlite | Postgres, modules: Path, folder: Path, port: int, core: str) -> None:
        self.name = f"oidc-provider, {database.name}"
        self.origin = f"http://127.0.0.1:{port}"
        self._database = database
        self._modules = modules.resolve()
        key = jose.generate("ES256", "bench-1")
        self.client = Party("bench", _SECRET)
        self.keyed: Party | None = Party("bench-key", jwk=key.as_dict(private=True), audience=self.origin)
        self.bound: Party | None = Party("bench-bound", jwk=key.as_dict(private=True), audience=self.origin)
        given = {
            "port": port,
            "database": database.url,
            "modules": str(self._modules),
            "secret": _SECRET,
            "redirect_uri": self.redirect_uri,
            "signing": jose.generate("ES256", "peer-1").as_dict(private=True),
            "keyed": jose.public_set([key]),
        }
        environment = {"NODE_ENV": "production", "BENCH": json.dumps(given)}
        log = folder / "oidc-provider.log"
        command = ["node", str(_HERE / "oidc-provider.mjs")]
        self.server = Server(command, self.origin, self.endpoints.ready, log, environment, core)

    def prepare(self, sessions: int) -> list[str]:
        """Its own development pages take any name, then ask to agree."""
        self.server.start()
        try:
            return [self._sign_in(number) for number in range(sessions)]
        finally:
            self.server.stop()

    def measures(self, session: int) -> str:
        """It keeps none."""
        return ""

    def databases(self) -> list[int]:
        """PostgreSQL's processes that serve it."""
        return self._database.processes()

    def about(self) -> dict[str, str]:
        """Versions and choices."""
        versions = {
            name: str(json.loads((self._modules / "node_modules" / name / "package.json").read_text())["version"])
            for name in ("oidc-provider", "pg")
        }
        node = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout.strip()
        here = machine.described()
        return {**self._database.about(), "node": node, **versions, "cpu": here["cpu"], "kernel": here["kernel"]}

    def close(self) -> None:
        """Stop, and forget the data."""
        self.server.stop()
        self._database.close()

    def _sign_in(self, number: int) -> str:
        browser = Browser(self.origin)
        for client_id in ("bench-bound", "bench"):
            self._agree(browser, client_id, number)
        return browser.cookies("/auth")

    def _agree(self, browser: Browser, client_id: str, number: int) -> None:
        address = (
            f"/auth?client_id={client_id}&response_type=code&redirect_uri={self.redirect_uri}&prompt=consent&state=s&nonce=n"
            f"&scope={self.scope.replace(' ', '+')}&code_challenge={'A' * 43}&code_challenge_method=S256"
        )

        def fill(form: Form) -> Mapping[str, str | list[str]]:
            return {"login": f"person{number}", "password": "any"} if "password" in form.fields else {}

        got = browser.walk(address, self.redirect_uri, fill)
        if "code" not in got:
            raise RuntimeError(f"the peer answered {got}")
