"""JSON answers say their length, their type, and whether they may be kept."""

import pytest

from kit.http import json_response


@pytest.mark.parametrize("headers", [None, {"x-more": "yes"}])
def test_an_answer_that_must_not_be_kept_says_so(headers: dict[str, str] | None) -> None:
    answer = json_response({"é": 1}, headers=headers, store=False)
    assert answer.body == '{"é":1}'.encode()
    said = dict(answer.headers)
    assert said.pop("x-more", "yes") == "yes"
    assert said == {
        "content-length": "8",
        "content-type": "application/json",
        "cache-control": "no-store",
        "pragma": "no-cache",
    }


def test_what_may_be_kept_says_nothing_of_it() -> None:
    answer = json_response([], status=201, media_type="application/problem+json")
    assert answer.status_code == 201
    assert dict(answer.headers) == {"content-length": "2", "content-type": "application/problem+json"}


def test_headers_of_one_answer_are_not_those_of_the_next() -> None:
    first = json_response({})
    first.headers["x-mine"] = "1"
    first.set_cookie("a", "b")
    assert "x-mine" not in json_response({}).headers
    assert "set-cookie" not in json_response({}).headers
