"""A page, all it needs included, stays under 100 kB on the wire."""

import gzip
import math
from pathlib import Path

from jinja2 import ChoiceLoader, DictLoader
from starlette.requests import Request

from kit.pages import Pages

ROOT = Path(__file__).parents[2]
PAGE = 100_000  # bytes
SHEET = 14_000
ALWAYS = ("css/app.css", "fonts/atkinson-next-latin.woff2", "img/icons.svg", "img/favicon.svg", "js/page.js")
CURVES = ("vendor/uplot/uPlot.iife.min.js", "vendor/uplot/uPlot.min.css", "js/chart.js")

DAY = """{% extends "layout.html" %}{% block content %}
{{ ui.page_title("Mes mesures") }}
{{ ui.chart("g", "Glycémie", points, "Moyenne de 132 mg/dL.", "mg/dL", ["Jour", "Moyenne", "Source"], rows, 70, 180) }}
{% endblock %}"""


def sent(pages: Pages, path: str) -> int:
    asset = pages.assets.find(path)
    assert asset is not None
    return len(asset.packed if asset.packed is not None else asset.body)


def test_the_sheet_stays_small(pages: Pages) -> None:
    assert sent(pages, "css/app.css") <= SHEET


def test_a_page_with_two_weeks_of_glucose_stays_light(pages: Pages) -> None:
    points = [(1795132800 + i * 900, 130 + round(60 * math.sin(i / 7)) + i * 37 % 11) for i in range(1344)]
    rows = [[f"{n} novembre 2026", "132 mg/dL", "GlucoLink"] for n in range(1, 15)]
    nav = [{"label": "Mes mesures", "href": "/", "icon": "heart-pulse"}] * 5
    request = Request({"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": []})
    assert pages.environment.loader is not None
    pages.environment.loader = ChoiceLoader([pages.environment.loader, DictLoader({"day.html": DAY})])
    body = bytes(pages.render(request, "day.html", points=points, rows=rows, nav=nav, person="G").body)
    files = sum(sent(pages, path) for path in (*ALWAYS, *CURVES))
    assert len(gzip.compress(body, 5)) + files <= PAGE


def test_the_patterns_page_without_its_curve_stays_light(pages: Pages) -> None:
    request = Request({"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": []})
    body = bytes(pages.render(request, "patterns/index.html").body)
    assert len(gzip.compress(body, 5)) + sum(sent(pages, path) for path in ALWAYS) <= PAGE
