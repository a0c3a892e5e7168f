"""Figures are bounded whatever callers invent; log lines hold no secret."""

import json

import pytest

from kit import telemetry
from tests import leaks


def test_methods_that_callers_invent_make_one_figure() -> None:
    for number in range(50):
        telemetry.answered(f"INVENTED{number}", "/somewhere", 405, 0.001)
    telemetry.answered("GET", "/somewhere", 200, 0.001)
    lines = [line for line in telemetry.exposition().decode().splitlines() if 'route="/somewhere"' in line]
    counted = [line for line in lines if line.startswith("http_requests_total")]
    assert sorted(counted) == [
        'http_requests_total{method="GET",route="/somewhere",status="200"} 1.0',
        'http_requests_total{method="other",route="/somewhere",status="405"} 50.0',
    ]
    assert 'http_request_seconds_count{route="/somewhere"} 51.0' in lines


def test_a_line_is_json_with_its_instant_and_without_secrets(caplog: pytest.LogCaptureFixture) -> None:
    said = {"words": "rt_" + "a" * 43, "nir": "2790375999021", "short": "ok", "number": 1.5, "thing": ValueError("x")}
    telemetry.log.info("odd", **said)
    line = json.loads(leaks.watch.format(caplog.records[-1]))
    assert line["timestamp"].endswith("Z")
    assert (line["event"], line["level"]) == ("odd", "info")
    assert (line["words"], line["nir"], line["short"], line["number"]) == ("[secret]", "[nir]", "ok", 1.5)
    assert line["thing"] == "ValueError('x')"
