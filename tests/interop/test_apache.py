"""Debian's `libapache2-mod-auth-openidc` as relying party: a site that knows of us discovery and a secret alone."""

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from tests.interop.apache import Apache
from tests.interop.scenario import Person, outside
from tests.running import Running

pytestmark = pytest.mark.apache
DOES = {"decision": "allow", "scope": ["profile"]}


@pytest.fixture
def site(own_demo: Running) -> Iterator[Callable[[str], Apache]]:
    """A site for one app, whatever follows its redirect address."""
    begun: list[Apache] = []
    with TemporaryDirectory(prefix="espace-apache-") as folder:

        def begin(client_id: str) -> Apache:
            party = own_demo.party(client_id)
            said = {
                "OIDCClientID": client_id,
                "OIDCClientSecret": party["client_secret"],
                "OIDCProviderTokenEndpointAuth": party["auth_method"],
                "OIDCScope": "openid profile",
            }
            apache = Apache(Path(folder) / client_id, own_demo.url, outside(party), said)
            begun.append(apache)
            apache.start()
            return apache

        Path(folder).chmod(0o755)
        try:
            yield begin
        finally:
            for apache in begun:
                apache.stop()


@pytest.fixture
async def person(own_demo: Running) -> AsyncIterator[Person]:
    someone = Person(own_demo)
    yield someone
    await someone.browser.close()


def visitor() -> httpx2.AsyncClient:
    """The same person's browser, as far as that site sees it."""
    return httpx2.AsyncClient(timeout=20, trust_env=False, headers={"accept": "text/html"})


async def back_from(person: Person, apache: Apache, sent: httpx2.Response) -> str:
    """Through the provider's pages, and back to the port where the site is."""
    back = await person.go(sent.headers["location"], DOES)
    assert back.startswith(f"{apache.redirect_uri}?"), back
    return back.replace(apache.redirect_uri, f"{apache.url}/cb")


@pytest.mark.parametrize("client_id", ["bench", "smart-server"])
async def test_a_site_behind_apache_knows_who_comes(
    own_demo: Running, site: Callable[[str], Apache], person: Person, client_id: str
) -> None:
    apache = site(client_id)
    async with visitor() as browser:
        sent = await browser.get(f"{apache.url}/index.shtml")
        assert sent.status_code == 302, apache.told()
        asked = parse_qs(urlsplit(sent.headers["location"]).query)
        assert asked["code_challenge_method"] == ["S256"]
        back = await back_from(person, apache, sent)
        arrived = await browser.get(back)
        assert arrived.status_code == 302, apache.told()
        page = await browser.get(arrived.headers["location"])
        assert page.status_code == 200, apache.told()
        assert "name=Capanelli;" in page.text
        assert "sub=;" not in page.text
        assert "sub=(none)" not in page.text

        again = await browser.get(back)
        assert again.status_code >= 300, "the same answer brought again opens nothing new"
        leaving = await browser.get(f"{apache.url}/cb", params={"logout": f"{apache.url}/"})
        assert leaving.headers["location"].startswith(f"{own_demo.url}/logout?"), apache.told()
        assert (await browser.get(f"{apache.url}/index.shtml")).status_code == 302, "the stay is over"


async def test_a_site_behind_apache_believes_no_answer_of_others(
    own_demo: Running, site: Callable[[str], Apache], person: Person
) -> None:
    apache = site("bench")
    async with visitor() as browser, visitor() as thief:
        sent = await browser.get(f"{apache.url}/index.shtml")
        back = await back_from(person, apache, sent)
        stolen = await thief.get(back)
        assert stolen.status_code >= 400 or "code=" not in stolen.headers.get("location", "")
        shown = await thief.get(f"{apache.url}/index.shtml")
        assert shown.status_code == 302, "no stay was opened for who did not leave"
        touched = back.replace("code=", "code=x")
        assert (await browser.get(touched)).status_code != 302, apache.told()
        assert (await browser.get(f"{apache.url}/index.shtml")).status_code == 302, "a code of nobody opens nothing"
