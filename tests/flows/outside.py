"""A script that knows the demo by its card alone, and Python by its standard library alone.

    python -I -S outside.py DATA/demo.json

It plays people in a browser without JavaScript and apps with a secret; it says what it did, a line a step.
"""

import base64
import hashlib
import json
import re
import secrets
import sys
import urllib.error
import urllib.parse
import urllib.request
from html.parser import HTMLParser
from http.client import HTTPMessage
from http.cookiejar import CookieJar
from typing import Any


class NoRedirects(urllib.request.HTTPRedirectHandler):
    """Redirects are followed by hand: the last one may leave for an app."""

    def redirect_request(self, *what: Any) -> None:
        return None


class Forms(HTMLParser):
    """The forms of a page with what they hold already."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[tuple[str, dict[str, str], set[str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append((said.get("action", ""), {}, set()))
        elif tag in {"input", "button"} and "name" in said and self.forms:
            _, held, known = self.forms[-1]
            known.add(said["name"])
            if tag == "input" and (said.get("type") not in {"checkbox", "radio"} or "checked" in said):
                held[said["name"]] = said.get("value", "")


class Answer:
    """Status, headers and text."""

    def __init__(self, url: str, status: int, headers: HTTPMessage, body: bytes) -> None:
        self.url, self.status, self.headers, self.text = url, status, headers, body.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def location(self) -> str:
        return urllib.parse.urljoin(self.url, self.headers.get("location", ""))


class Browser:
    """Cookies, forms, redirects within the provider."""

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer
        proxies, cookies = urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(CookieJar())
        self.opener = urllib.request.build_opener(proxies, cookies, NoRedirects())
        self.page: Answer

    def get(self, url: str) -> Answer:
        return self._follow(self._ask(urllib.parse.urljoin(self.issuer + "/", url)))

    def submit(self, values: dict[str, Any], action: str = "") -> Answer:
        """Fill in the form of this page that has these fields."""
        parser = Forms()
        parser.feed(self.page.text)
        fitting = [(to, held) for to, held, known in parser.forms if values.keys() <= known and action in to]
        if not fitting:
            raise LookupError(f"no form with {sorted(values)} on {self.page.url} ({self.page.status})")
        target, held = fitting[0]
        body = urllib.parse.urlencode({**held, **values}, doseq=True).encode()
        return self._follow(self._ask(urllib.parse.urljoin(self.page.url, target or self.page.url), body))

    def _ask(self, url: str, body: bytes | None = None) -> Answer:
        headers = {"Accept": "text/html"} | ({"Origin": self.issuer} if body is not None else {})
        return ask(urllib.request.Request(url, body, headers), self.opener)

    def _follow(self, answer: Answer) -> Answer:
        while answer.location != answer.url and answer.location.startswith(self.issuer + "/"):
            answer = self._ask(answer.location)
        self.page = answer
        return answer


class App:
    """A client of the card that proves itself with a secret, or with nothing."""

    def __init__(self, card: dict[str, Any], client_id: str) -> None:
        self.known = next(one for one in card["clients"] if one["client_id"] == client_id)
        self.metadata = call("GET", card["issuer"] + "/.well-known/openid-configuration").json
        self.redirect_uri = self.known["redirect_uris"][0]

    def authorize(self, browser: Browser, scope: str, **choices: Any) -> Answer:
        """A person's browser goes and comes back; the code is exchanged."""
        verifier, state = secrets.token_urlsafe(48), secrets.token_urlsafe(8)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        asked = {
            "response_type": "code",
            "client_id": self.known["client_id"],
            "redirect_uri": self.redirect_uri,
            "scope": scope,
            "state": state,
            "nonce": secrets.token_urlsafe(8),
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        page = browser.get(f"{self.metadata['authorization_endpoint']}?{urllib.parse.urlencode(asked)}")
        if not page.location.startswith(self.redirect_uri):
            page = browser.submit({"decision": "allow", **choices})
        back = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(page.location).query))
        assert back["state"] == state
        assert back["iss"] == self.metadata["issuer"]
        return self.token(
            grant_type="authorization_code",
            code=back["code"],
            redirect_uri=self.redirect_uri,
            code_verifier=verifier,
        )

    def token(self, **form: str) -> Answer:
        return self.post("token_endpoint", **form)

    def post(self, endpoint: str, **form: str) -> Answer:
        headers = {}
        if self.known["auth_method"] == "client_secret_basic":
            pair = f"{self.known['client_id']}:{urllib.parse.quote_plus(self.known['client_secret'])}"
            headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
        else:
            form["client_id"] = self.known["client_id"]
        return call("POST", self.metadata[endpoint], urllib.parse.urlencode(form).encode(), headers)


def call(method: str, url: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> Answer:
    """One request of a program."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), NoRedirects())
    return ask(urllib.request.Request(url, body, headers or {}, method=method), opener)


def ask(request: urllib.request.Request, opener: urllib.request.OpenerDirector) -> Answer:
    try:
        with opener.open(request, timeout=30) as answer:
            return Answer(request.full_url, answer.status, answer.headers, answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return Answer(request.full_url, error.code, error.headers, error.read())


def bearer(token: str, kind: str = "") -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"} | ({"Content-Type": kind} if kind else {})


def said(step: str) -> None:
    sys.stdout.write(step + "\n")
    sys.stdout.flush()


class Story:
    """What the card lets one do."""

    def __init__(self, card: dict[str, Any]) -> None:
        self.card = card
        self.people = {one["key"]: one for one in card["people"]}

    def code(self, to: str) -> str:
        """The newest one-time code of the inbox."""
        letters = call("GET", f"{self.card['inbox']}?{urllib.parse.urlencode({'to': to})}").json
        return next(found[0] for one in letters if (found := re.search(r"\b\d{6}\b", one["text"])))

    def activate(self, key: str, email: str) -> Browser:
        """R023 to R030 by the names of the fields."""
        person, browser = self.people[key], Browser(self.card["issuer"])
        browser.get(self.card["pages"]["activation"])
        browser.submit({name: person[name] for name in ("provisional_code", "nir", "vitale_serial")})
        browser.submit({"decision": "activate", "accept_terms": "yes"})
        password = "Un-Espace-2026!"
        browser.submit(
            {
                "email": email,
                "mobile": person["mobile"],
                "identifier": f"{key}.michel",
                "password": password,
                "password_confirmation": password,
            }
        )
        browser.submit({"code": self.code(email)})
        assert browser.get(self.card["pages"]["home"]).status == 200
        return browser

    def sign_in(self, key: str) -> Browser:
        person, browser = self.people[key], Browser(self.card["issuer"])
        browser.get(self.card["pages"]["home"])
        browser.submit({"identifier": person["identifier"], "password": person["password"]})
        browser.submit({"code": self.code(person["mobile"])})
        assert browser.page.url == self.card["pages"]["home"], browser.page.url
        return browser

    def pair(self, browser: Browser, app: App) -> dict[str, Any]:
        """Code, tokens, pairing, consents, business call: in that order and in no other."""
        tokens = app.authorize(browser, "openid offline_access pairing").json
        fhir = self.card["resources"]["dossier"]
        early = call("GET", f"{fhir}/Observation", None, bearer(tokens["access_token"]))
        assert (early.status, refusal(early)) == (403, "pairing_required"), early.text
        wanted = json.dumps({"redirect_uri": app.redirect_uri, "state": "s1"}).encode()
        made = call("POST", self.card["pairings"], wanted, bearer(tokens["access_token"], "application/json"))
        assert made.status == 201, made.text
        browser.get(made.json["consents_uri"])
        agreed = {"decision": "allow", "consent": ["measures:read", "measures:write"], "duration": "P3M"}
        back = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(browser.submit(agreed).location).query))
        assert (back["state"], back["status"]) == ("s1", "active"), back
        return dict(tokens)

    def send(self, token: str, value: float = 1.12) -> Answer:
        """One glucose value, measured a minute ago by the demo's clock."""
        now = call("GET", self.card["clock"]).json["now"]
        body = {
            "resourceType": "Observation",
            "status": "final",
            "identifier": [{"system": "https://script.example.org", "value": f"{now} {value}"}],
            "category": [
                {
                    "coding": [
                        {"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "vital-signs"}
                    ]
                }
            ],
            "code": {"coding": [{"system": "http://loinc.org", "code": "14745-4"}]},
            "effectiveDateTime": now,
            "valueQuantity": {"value": value, "unit": "g/L", "system": "http://unitsofmeasure.org", "code": "g/L"},
        }
        headers = bearer(token, "application/fhir+json")
        return call("POST", f"{self.card['resources']['dossier']}/Observation", json.dumps(body).encode(), headers)

    def search(self, token: str) -> Answer:
        return call("GET", f"{self.card['resources']['dossier']}/Observation?code=14745-4", None, bearer(token))

    def advance(self, by: str) -> None:
        """The demo's clock."""
        moved = call(
            "POST", self.card["clock"], json.dumps({"advance": by}).encode(), {"Content-Type": "application/json"}
        )
        assert moved.status == 200, moved.text


def refusal(answer: Answer) -> str:
    """The code of a refusal of the measures API."""
    return str(answer.json["issue"][0]["details"]["coding"][0]["code"])


def main(card: dict[str, Any]) -> None:
    """The main job and what follows, on the card alone."""
    story, issuer = Story(card), card["issuer"]
    browser = story.activate("inaya", "inaya.michel@example.org")
    said("activated")

    app = App(card, "bench")
    tokens = story.pair(browser, app)
    said("paired")
    sent = story.send(tokens["access_token"])
    assert sent.status == 201, sent.text
    assert story.search(tokens["access_token"]).json["total"] == 1
    said("sent")

    fresh = app.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"]).json
    assert app.post("introspection_endpoint", token=fresh["access_token"]).json["active"] is True
    about = call("GET", app.metadata["userinfo_endpoint"], None, bearer(fresh["access_token"])).json
    assert about["sub"]
    said("refreshed")

    for path in ("measures", "apps", "history"):
        assert "Banc d’essai" in browser.get(card["pages"][path]).text or path == "measures"
    page = browser.get(f"{card['pages']['apps']}/{tokens['grant_id']}")
    browser.submit({}, action="/suspendre")
    paused = story.send(fresh["access_token"])
    assert (paused.status, refusal(paused)) == (403, "consent_paused"), paused.text
    browser.submit({}, action="/reprendre")
    assert story.send(fresh["access_token"]).status in {200, 201}
    said("paused and resumed")

    browser.get(f"{page.url}/arreter")
    browser.submit({}, action="/arreter")
    stopped = story.send(fresh["access_token"])
    assert (stopped.status, refusal(stopped)) == (403, "consent_ended"), stopped.text
    again = app.token(grant_type="refresh_token", refresh_token=fresh["refresh_token"])
    assert (again.status, again.json["error"], again.json["reason"]) == (400, "invalid_grant", "consent_ended")
    said("stopped")

    gabrielle, public = story.sign_in("gabrielle"), App(card, "mobile")
    scope = "openid offline_access measures:read measures:write"
    linked = public.authorize(gabrielle, scope, consent=["measures:read"], duration="P3M").json
    assert story.search(linked["access_token"]).status == 200
    refused = story.send(linked["access_token"])
    assert (refused.status, refusal(refused)) in {(403, "consent_missing"), (403, "insufficient_scope")}, refused.text
    said("linked in one step")

    story.advance("P2M")
    linked = public.token(grant_type="refresh_token", refresh_token=linked["refresh_token"]).json
    story.advance("P1M")
    story.advance("PT1M")
    over = public.token(grant_type="refresh_token", refresh_token=linked["refresh_token"])
    assert (over.status, over.json["reason"]) == (400, "consent_expired"), over.text
    said("expired")

    service = app.token(grant_type="client_credentials").json
    assert service["token_type"] == "Bearer"
    assert "refresh_token" not in service
    assert call("GET", f"{issuer}/readyz").status == 200
    said("done")


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as file:
        main(json.load(file))
