"""Pages: what goes with every answer, and what a template can ask for."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from jinja2 import UndefinedError
from starlette.requests import Request
from starlette.responses import Response

from kit.csrf import Csrf
from kit.pages import Pages, origin

ROOT = Path(__file__).parents[2]
Small = Callable[..., Pages]


def request(path: str = "/", **headers: str) -> Request:
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": raw})


def text(response: Response) -> str:
    return bytes(response.body).decode()


@pytest.fixture
def small(tmp_path: Path, csrf: Csrf) -> Small:
    """Pages of one template, `page.html`, whose source is given."""

    def make(source: str, **options: object) -> Pages:
        (tmp_path / "macros").mkdir(exist_ok=True)
        (tmp_path / "macros" / "all.html").write_text("{% macro hello(name) %}<b>{{ name }}</b>{% endmacro %}")
        (tmp_path / "page.html").write_text(source)
        return Pages(tmp_path, ROOT / "static", csrf=csrf, **options)  # type: ignore[arg-type]

    return make


def test_the_policy_lets_only_our_own_files_run(small: Small) -> None:
    response = small("<i>{{ csp_nonce }}</i>").render(request(), "page.html")
    nonce = text(response)[3:-4]
    assert response.headers["content-security-policy"] == (
        f"default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self'; img-src 'self' data:; "
        "font-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; "
        "object-src 'none'"
    )


def test_each_answer_has_its_own_nonce(small: Small) -> None:
    pages = small("{{ csp_nonce }}")
    nonces = {text(pages.render(request(), "page.html")) for _ in range(5)}
    assert len(nonces) == 5
    assert all(len(nonce) >= 22 for nonce in nonces)


def test_a_page_is_kept_by_no_cache_and_tells_other_sites_nothing(small: Small) -> None:
    response = small("x").render(request(), "page.html", status=422, headers={"X-More": "1"})
    assert response.status_code == 422
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["referrer-policy"] == "same-origin"
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert response.headers["x-more"] == "1"


def test_a_consent_page_names_where_its_form_may_end(small: Small) -> None:
    response = small("x").render(
        request(),
        "page.html",
        form_action=["https://app.example/cb?x=1", "https://app.example/other", "com.example.app:/cb"],
    )
    assert "form-action 'self' https://app.example com.example.app:;" in response.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("https://app.example/cb", "https://app.example"),
        ("https://App.Example:8443/cb", "https://app.example:8443"),
        ("http://127.0.0.1:51234/cb", "http://127.0.0.1:51234"),
        ("http://[::1]:51234/cb", "http:"),
        ("com.example.app:/cb", "com.example.app:"),
    ],
)
def test_a_redirect_address_as_a_policy_says_it(address: str, said: str) -> None:
    assert origin(address) == said


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", "data:text/html,x", "", "/relative", "https://a.example;script-src *", "https://a b/", "*"],
)
def test_what_is_no_redirect_address_never_reaches_the_policy(address: str) -> None:
    with pytest.raises(ValueError):
        origin(address)


def test_the_cookie_of_forms_comes_with_the_first_form_only(small: Small, csrf: Csrf) -> None:
    pages = small("{{ csrf_field() }}")
    first = pages.render(request(), "page.html")
    assert first.headers["set-cookie"].startswith("csrf=")
    cookie = first.headers["set-cookie"].split(";")[0]
    again = pages.render(request(cookie=cookie), "page.html")
    assert "set-cookie" not in again.headers
    assert text(again) == text(first)
    assert "set-cookie" not in small("no form").render(request(), "page.html").headers


def test_words_are_escaped(small: Small) -> None:
    assert text(small("{{ name }}").render(request(), "page.html", name="<script>")) == "&lt;script&gt;"


def test_a_missing_word_is_a_fault_not_a_blank(small: Small) -> None:
    with pytest.raises(UndefinedError):
        small("{{ nobody }}").render(request(), "page.html")


def test_the_page_s_card_wins_over_the_shared_one(small: Small) -> None:
    pages = small("{{ person }} {{ current_path }} {{ brand }}", globals={"brand": "Essai"})

    @pages.shared
    def shell(asked: Request) -> dict[str, object]:
        return {"person": f"someone at {asked.url.path}"}

    assert text(pages.render(request("/apps"), "page.html")) == "someone at /apps /apps Essai"
    assert text(pages.render(request("/apps"), "page.html", person="Inaya")) == "Inaya /apps Essai"


def test_a_macro_needs_no_import(small: Small) -> None:
    assert text(small("{{ ui.hello('<') }}").render(request(), "page.html")) == "<b>&lt;</b>"


def test_an_unknown_macro_is_a_fault(small: Small) -> None:
    with pytest.raises(UndefinedError):
        small("{{ ui.nothing() }}").render(request(), "page.html")


def test_an_icon_is_decoration_unless_it_has_a_label(small: Small) -> None:
    bare = text(small("{{ icon('check') }}").render(request(), "page.html"))
    said = text(small("{{ icon('check', 'C\"est fait') }}").render(request(), "page.html"))
    assert re.search(r'aria-hidden="true".*#check"', bare)
    assert 'role="img" aria-label="C&#34;est fait"' in said


def test_an_icon_that_the_sprite_lacks_is_a_fault(small: Small) -> None:
    with pytest.raises(LookupError):
        small("{{ icon('nothing') }}").render(request(), "page.html")


def test_a_long_page_is_compressed_and_its_length_says_nothing(small: Small) -> None:
    pages = small("<p>bonjour</p>" * 400)
    lengths = {len(pages.render(request(accept_encoding="gzip"), "page.html").body) for _ in range(30)}
    assert len(lengths) > 3
    response = pages.render(request(accept_encoding="gzip"), "page.html")
    assert response.headers["content-encoding"] == "gzip"
    assert response.headers["vary"] == "Accept-Encoding"
    plain = pages.render(request(), "page.html")
    assert "content-encoding" not in plain.headers
    assert len(plain.body) > 2 * max(lengths)


def test_two_pages_written_together_do_not_mix(small: Small) -> None:
    pages = small("{{ inner() }}|{{ csp_nonce }}")

    def inner() -> str:
        return text(pages.render(request(), "page.html", inner=lambda: "deep"))

    inside, outside = text(pages.render(request(), "page.html", inner=inner)).rsplit("|", 1)
    assert outside not in inside
