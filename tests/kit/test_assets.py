"""Static files: an address for each content, kept for ever, compressed, and nothing outside the folder."""

import gzip
import re
from pathlib import Path
from typing import Any

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from kit.assets import FOREVER, Assets, accepts_gzip

ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    static = tmp_path / "static"
    (static / "css").mkdir(parents=True)
    (static / "fonts").mkdir()
    (static / "js").mkdir()
    (static / "fonts" / "a.woff2").write_bytes(b"wOF2 letters")
    (static / "css" / "app.css").write_text('@font-face { src: url("../fonts/a.woff2") } p { color: red }' * 40)
    (static / "js" / "a.js").write_text('import { b } from "./b.js";\nconst path = "./c.js";\n')
    (static / "js" / "b.js").write_text("export const b = 1;\n")
    (static / ".secret.txt").write_text("hidden")
    (static / "notes.md").write_text("not served")
    (tmp_path / "outside.txt").write_text("outside")
    (static / "link.txt").symlink_to(tmp_path / "outside.txt")
    return static


@pytest.fixture
def assets(folder: Path) -> Assets:
    return Assets(folder)


def client(assets: Assets) -> httpx2.AsyncClient:
    app = Starlette(routes=[Mount(assets.mount, assets)])
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://test")


async def status_of(assets: Assets, path: str) -> int:
    """What a path gets when no client tidies it on the way."""
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": path, "root_path": "/static", "query_string": b"", "headers": []}
    await assets(scope, receive, send)
    return int(sent[0]["status"])


def test_an_address_names_its_content(assets: Assets, folder: Path) -> None:
    before = assets.url("js/b.js")
    assert re.fullmatch(r"/static/js/b\.[0-9a-f]{10}\.js", before)
    (folder / "js" / "b.js").write_text("export const b = 2;\n")
    assert assets.url("js/b.js") != before


def test_an_unknown_file_has_no_address(assets: Assets) -> None:
    with pytest.raises(LookupError):
        assets.url("css/none.css")


async def test_a_file_is_kept_for_ever(assets: Assets) -> None:
    async with client(assets) as browser:
        reply = await browser.get(assets.url("css/app.css"))
    assert reply.status_code == 200
    assert reply.headers["cache-control"] == FOREVER
    assert reply.headers["content-type"] == "text/css; charset=utf-8"


async def test_text_is_compressed_for_those_who_accept_it(assets: Assets) -> None:
    async with client(assets) as browser:
        packed = await browser.get(assets.url("css/app.css"), headers={"accept-encoding": "br, gzip"})
        plain = await browser.get(assets.url("css/app.css"), headers={"accept-encoding": "identity"})
        font = await browser.get(assets.url("fonts/a.woff2"), headers={"accept-encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) < int(plain.headers["content-length"])
    assert packed.headers["vary"] == "Accept-Encoding"
    assert "content-encoding" not in plain.headers
    assert packed.text == plain.text
    assert "content-encoding" not in font.headers


async def test_what_the_browser_has_is_not_sent_again(assets: Assets) -> None:
    async with client(assets) as browser:
        first = await browser.get(assets.url("css/app.css"))
        again = await browser.get(assets.url("css/app.css"), headers={"if-none-match": f"W/{first.headers['etag']}"})
    assert again.status_code == 304
    assert again.content == b""


async def test_an_address_of_the_past_gets_the_file_of_today_but_not_for_ever(assets: Assets) -> None:
    async with client(assets) as browser:
        reply = await browser.get("/static/js/b.0123456789.js")
    assert reply.status_code == 200
    assert reply.headers["cache-control"] == "no-cache"


async def test_only_reading_is_allowed(assets: Assets) -> None:
    async with client(assets) as browser:
        assert (await browser.head(assets.url("js/b.js"))).status_code == 200
        assert (await browser.post(assets.url("js/b.js"))).status_code == 405


def test_a_sheet_names_its_fonts_by_content(assets: Assets) -> None:
    sheet = assets.find("css/app.css")
    assert sheet is not None
    assert assets.url("fonts/a.woff2").encode() in sheet.body
    assert b"../fonts" not in sheet.body


def test_a_module_names_its_imports_by_content(assets: Assets) -> None:
    module = assets.find("js/a.js")
    assert module is not None
    assert f'from "{assets.url("js/b.js")}"' in module.body.decode()
    assert '"./c.js"' in module.body.decode()  # only words, not an import


@pytest.mark.parametrize(
    "path",
    [
        "../outside.txt", "css/../../outside.txt", "/etc/passwd", "..\\outside.txt", "link.txt", ".secret.txt",
        "css", "css/", "", ".", "notes.md", "none.css", "css//app.css", "css/./app.css", "a\0.css",
        "%2e%2e/outside.txt",
    ],
)  # fmt: skip
async def test_nothing_else_is_served(assets: Assets, path: str) -> None:
    assert assets.find(path) is None
    assert await status_of(assets, f"/static/{path}") == 404


@pytest.mark.parametrize(
    ("header", "accepted"),
    [("gzip", True), ("br, gzip;q=0.5", True), ("*", True), ("gzip;q=0", False), ("br", False), ("", False)],
)
def test_who_accepts_gzip(header: str, accepted: bool) -> None:
    assert accepts_gzip(header) is accepted


def test_the_house_s_own_files_are_all_there() -> None:
    ours = Assets(ROOT / "static")
    for path in ("css/app.css", "js/page.js", "js/chart.js", "js/upload.js", "js/resend.js", "img/icons.svg"):
        asset = ours.find(path)
        assert asset is not None
        assert asset.packed is not None
        assert gzip.decompress(asset.packed) == asset.body
