"""What no template may hold, and what every component must have: a place on the patterns page."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from starlette.requests import Request

from kit.pages import Pages

ROOT = Path(__file__).parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
PATTERNS = (ROOT / "templates" / "patterns" / "index.html").read_text()

FORBIDDEN = {
    "an inline style": re.compile(r"""\sstyle\s*="""),
    "a style element": re.compile(r"<style\b"),
    "an inline handler": re.compile(r"""<[^>]*\son[a-z]+\s*=""", re.DOTALL),
    "a script address": re.compile(r"javascript:", re.IGNORECASE),
    "something from elsewhere": re.compile(r"""(?:src|<link[^>]*href)\s*=\s*["'](?:https?:)?//"""),
    "words that escape nothing": re.compile(r"\|\s*safe\b"),
}
INLINE_SCRIPT = re.compile(r"<script(?![^>]*\bsrc=)(?P<attributes>[^>]*)>")


def asked() -> Request:
    return Request({"type": "http", "method": "GET", "path": "/patterns", "query_string": b"", "headers": []})


@pytest.mark.parametrize("file", TEMPLATES, ids=lambda file: str(file.relative_to(ROOT / "templates")))
def test_a_template_holds_nothing_that_the_policy_refuses(file: Path) -> None:
    source = file.read_text()
    found = {what for what, pattern in FORBIDDEN.items() if pattern.search(source)}
    assert not found
    for script in INLINE_SCRIPT.finditer(source):
        assert "csp_nonce" in script["attributes"] or 'type="application/json"' in script["attributes"]


@pytest.mark.parametrize("file", TEMPLATES, ids=lambda file: str(file.relative_to(ROOT / "templates")))
def test_a_form_that_posts_carries_its_mark(file: Path) -> None:
    """But for the one that goes to an app: what is ours stays here."""
    for form in re.findall(r"<form\b[^>]*method=\"post\".*?</form>", file.read_text(), re.DOTALL):
        assert ("csrf_field()" in form) is ("data-to-app" not in form)


def test_a_handler_would_be_seen() -> None:
    assert FORBIDDEN["an inline handler"].search('<button\n type="button" onclick="x()">')
    assert FORBIDDEN["an inline style"].search('<p style="color:red">')


def test_every_component_is_on_the_patterns_page(pages: Pages) -> None:
    macros = "".join(file.read_text() for file in (ROOT / "templates" / "macros").glob("*.html"))
    layouts = "".join(file.read_text() for file in (ROOT / "templates").glob("layout*.html"))
    shown = set(re.findall(r"\bui\.([a-z_]+)\(", PATTERNS))
    inner = set(re.findall(r"\bui\.([a-z_]+)\(", macros + layouts))
    kit = pages.environment.globals["ui"]
    assert set(kit) - shown - inner == set()  # type: ignore[call-overload]


def test_the_patterns_page_is_written_without_a_fault(pages: Pages) -> None:
    page = bytes(pages.render(asked(), "patterns/index.html").body).decode()
    assert page.count("<h1") == 1
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("status", ["400", "403", "404", "429", "500"])
def test_an_error_page_says_what_to_do_and_gives_its_number(pages: Pages, status: str) -> None:
    response = pages.render(asked(), f"errors/{status}.html", status=int(status), request_id="0123abcd")
    page = bytes(response.body).decode()
    assert response.status_code == int(status)
    assert page.count("<h1>") == 1
    assert "<code>0123abcd</code>" in page
    assert 'href="/"' in page


def test_a_wait_is_said_when_it_is_known(pages: Pages) -> None:
    page = bytes(pages.render(asked(), "errors/429.html", status=429, wait="12 minutes").body).decode()
    assert "<strong>12 minutes</strong>" in page


def test_every_page_says_that_it_is_not_the_state_and_speaks_french(pages: Pages) -> None:
    page = bytes(pages.render(asked(), "errors/404.html", status=404).body).decode()
    assert '<html lang="fr">' in page
    assert "n’est pas un site de l’État" in page
    assert '<a class="skip-link" href="#main">' in page


def test_the_current_place_is_marked_in_the_menu(pages: Pages) -> None:
    nav = [{"label": "Accueil", "href": "/"}, {"label": "Guide", "href": "/patterns"}, {"label": "Pat", "href": "/pat"}]
    page = bytes(pages.render(asked(), "patterns/index.html", nav=nav).body).decode()
    assert re.findall(r'<li><a href="([^"]+)" aria-current="page">', page) == ["/patterns"]


def test_a_password_never_comes_back_in_the_page(pages: Pages) -> None:
    page = bytes(pages.render(asked(), "patterns/index.html").body).decode()
    passwords = re.findall(r'<input[^>]*type="password"[^>]*>', page)
    assert passwords
    assert all("value=" not in field for field in passwords)


def test_files_of_others_are_those_that_were_fetched() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "tools" / "vendor.py", "verify"], capture_output=True, text=True, check=False
    )
    assert done.stdout == ""
    assert done.returncode == 0
