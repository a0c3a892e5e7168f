"""Searching measures: what is found, in what order, page by page, and how much is said about the whole."""

from datetime import datetime, timedelta
from urllib.parse import urlsplit

import pytest

from dossier.fhir.systems import CATEGORY
from tests.dossier.world import BASE, CRUDS, codes, glucose, identified, pressure

DAY = datetime.fromisoformat("2026-02-01T00:00:00+00:00")


def at(hours: float) -> str:
    return (DAY + timedelta(hours=hours)).isoformat()


def values(bundle) -> list[float]:
    return [
        entry["resource"]["valueQuantity"]["value"]
        for entry in bundle.get("entry", [])
        if entry["resource"]["resourceType"] == "Observation"
    ]


@pytest.fixture
async def history(app):
    """A blood glucose each hour from 0 to 9, of value 100 to 109, a sensor's, a weight and a pressure."""
    for hour in range(10):
        assert (await app.add(identified(f"m{hour}", value=100 + hour, effectiveDateTime=at(hour)))).status_code == 201
    await app.add(glucose(6.2, "mmol/L", "14745-4", effectiveDateTime=at(20)))
    await app.add(glucose(71, "kg", "29463-7", effectiveDateTime="2026-02-02"))
    await app.add(pressure(effectiveDateTime=at(50)))
    return app


async def search(app, text: str = "", **headers: str):
    answer = await app.get(f"/fhir/Observation?{text}", **headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_everything_comes_newest_first_with_its_total(history):
    found = await search(history, "_count=3")
    assert found["type"] == "searchset"
    assert found["total"] == 13
    assert [entry["search"]["mode"] for entry in found["entry"]] == ["match"] * 3
    assert found["entry"][0]["resource"]["effectiveDateTime"] == at(50)
    assert found["entry"][0]["fullUrl"] == f"{BASE}/Observation/{found['entry'][0]['resource']['id']}"


BLOOD = ["2345-7", "http://loinc.org|2345-7", "15074-8", "http://loinc.org|2339-0,29463-7&code=2345-7"]


async def test_every_code_of_blood_glucose_finds_it(history):
    for code in BLOOD:
        assert len(values(await search(history, f"code={code}"))) == 10, code


CODES = [
    ("14745-4", 1),
    ("http://loinc.org|99504-3", 1),
    ("29463-7", 1),
    ("29463-7,14745-4", 2),
    ("85354-9", 1),
    ("1234-5", 0),
    ("urn:x|2345-7", 0),
    ("http://loinc.org|8867-4", 0),
]


async def test_a_code_finds_its_measure_only(history):
    for code, count in CODES:
        assert (await search(history, f"code={code}"))["total"] == count, code


DATES = [
    ("date=ge2026-02-01T05:00:00Z", [109, 108, 107, 106, 105]),
    ("date=gt2026-02-01T05:00:00Z", [109, 108, 107, 106]),
    ("date=lt2026-02-01T02:00:00Z", [101, 100]),
    ("date=le2026-02-01T02:00:00Z", [102, 101, 100]),
    ("date=ge2026-02-01T03:00:00Z&date=le2026-02-01T04:00:00Z", [104, 103]),
    ("date=2026-02-01T03:00:00Z", [103]),
    ("date=eq2026-02-01T03:00Z", [103]),
    ("date=2026-02-01T04:00:00+01:00", [103]),
    ("date=2026-02-01T04:00:00%2B01:00", [103]),
    ("date=sa2026-02-01T08:00:00Z", [109]),
    ("date=eb2026-02-01T01:00:00Z", [100]),
    ("date=2026-01", []),
    ("date=ge2026-02-02", []),
    ("date=2026&_sort=date&_count=2", [100, 101]),
]


async def test_dates_narrow(history):
    for dates, found in DATES:
        assert values(await search(history, f"code=2345-7&{dates}")) == found, dates


DAYS = [
    ("date=2026-02-02", 1),
    ("date=ge2026-02-02T12:00:00Z", 1),
    ("date=gt2026-02-02", 0),
    ("date=2026-02-02T10:00:00Z", 0),
    ("date=ne2026-02-02", 0),
    ("date=ne2026-02-03", 1),
    ("date=le2026-02-02T00:00:00Z", 1),
]


async def test_a_day_is_compared_as_a_day(history):
    for dates, count in DAYS:
        assert (await search(history, f"code=29463-7&{dates}"))["total"] == count, dates


async def test_pages_follow_each_other_to_the_end(history):
    seen: list[str] = []
    address = "/fhir/Observation?code=2345-7&_count=4&_sort=-date"
    sizes = []
    while address:
        bundle = (await history.get(address)).json()
        sizes.append(len(bundle["entry"]))
        seen += [entry["resource"]["id"] for entry in bundle["entry"]]
        link = next((one["url"] for one in bundle["link"] if one["relation"] == "next"), "")
        assert not link or link.startswith(f"{BASE}/Observation?")
        address = link and f"{urlsplit(link).path}?{urlsplit(link).query}"
    assert sizes == [4, 4, 2]
    assert len(set(seen)) == 10


@pytest.mark.parametrize("sort", ["date", "-date", "_lastUpdated", "-_lastUpdated"])
async def test_pages_neither_repeat_nor_skip_while_others_write(history, sort):
    first = await search(history, f"_count=5&_sort={sort}")
    seen = [entry["resource"]["id"] for entry in first["entry"]]
    before = await search(history, f"_count=100&_sort={sort}")
    for hour in (-5, 3.5, 100):
        await history.add(glucose(120, effectiveDateTime=at(hour)))
    link = next(one["url"] for one in first["link"] if one["relation"] == "next")
    rest = (await history.get(f"{urlsplit(link).path}?{urlsplit(link).query}&_count=100")).json()
    seen += [entry["resource"]["id"] for entry in rest["entry"]]
    wanted = [entry["resource"]["id"] for entry in before["entry"]]
    assert len(seen) == len(set(seen))
    assert [one for one in seen if one in set(wanted)] == wanted


async def test_measures_of_one_instant_are_paged_too(app):
    for value in range(100, 107):
        await app.add(glucose(value))
    first = await search(app, "_count=3")
    link = urlsplit(next(one["url"] for one in first["link"] if one["relation"] == "next"))
    second = (await app.get(f"{link.path}?{link.query}")).json()
    assert len({*values(first), *values(second)}) == 6


async def test_only_the_count_when_only_the_count_is_asked(history):
    for text in ("_summary=count", "_count=0"):
        found = await search(history, f"code=2345-7&{text}")
        assert found["total"] == 10
        assert "entry" not in found


async def test_the_total_may_be_left_out(history):
    assert "total" not in await search(history, "_total=none")
    assert (await search(history, "_total=accurate&_count=1"))["total"] == 13


async def test_other_parameters_narrow(history):
    one = (await search(history, "identifier=urn:example:readings|m3"))["entry"][0]["resource"]
    assert (await search(history, "identifier=m3"))["total"] == 1
    assert (await search(history, "identifier=urn:example:readings|"))["total"] == 10
    assert (await search(history, "identifier=urn:other|m3"))["total"] == 0
    assert (await search(history, f"_id={one['id']},unknown"))["total"] == 1
    assert (await search(history, "status=final"))["total"] == 13
    assert (await search(history, "status=amended"))["total"] == 0
    assert (await search(history, "category=vital-signs"))["total"] == 13
    assert (await search(history, "category=laboratory"))["total"] == 0
    assert (await search(history, "category=urn:x|vital-signs"))["total"] == 0
    assert (await search(history, "_lastUpdated=ge2026-03-02T09:00:00Z"))["total"] == 13
    assert (await search(history, "_lastUpdated=lt2026-03-02T09:00:00Z"))["total"] == 0


async def test_a_search_may_be_posted(history):
    answer = await history.call(
        "POST",
        "/fhir/Observation/_search?_count=2",
        "code=2345-7&date=lt2026-02-01T02:00:00Z",
        content_type="application/x-www-form-urlencoded",
    )
    assert values(answer.json()) == [101, 100]
    refused = await history.call("POST", "/fhir/Observation/_search", {"code": "x"})
    assert (refused.status_code, codes(refused.json())) == (415, ["unsupported_media_type"])


NAMES = ["patient", "subject", "subject:Patient", "subject.identifier", "patient.identifier"]


async def test_the_person_may_be_named_and_only_that_one(history):
    for name in NAMES:
        for said in (
            "gabrielle-for-glucolink",
            "Patient/gabrielle-for-glucolink",
            f"{BASE}/Patient/gabrielle-for-glucolink",
        ):
            assert (await search(history, f"{name}={said}"))["total"] == 13
        assert (await search(history, f"{name}=urn:oid:1.2|gabrielle-for-glucolink"))["total"] == 13
        refused = await history.get(f"/fhir/Observation?{name}=inaya-for-glucolink")
        assert (refused.status_code, codes(refused.json())) == (403, ["patient_mismatch"])


async def test_what_another_person_has_is_not_found(history):
    one = (await search(history, "_count=1"))["entry"][0]["resource"]["id"]
    inaya = history.other(subject="inaya")
    assert (await search(inaya))["total"] == 0
    theirs = await inaya.get(f"/fhir/Observation/{one}")
    nobodys = await inaya.get("/fhir/Observation/obs-unknown")
    assert (theirs.status_code, theirs.json()) == (nobodys.status_code, nobodys.json())
    assert theirs.status_code == 404


WRONG = [
    "_count=x",
    "_count=-1",
    "_sort=code",
    "date=yesterday",
    "date=ap2026",
    "date=ge",
    "_offset=20",
    "_cursor=x",
    "_cursor=!!",
    "code:not=2345-7",
    "date:missing=true",
    "_total=some",
    "_summary=all",
    "identifier=%7C",
    "code=a%00b",
    "code=,",
    "category:in=x",
    "code=" + "x" * 3000,
    "_cursor=" + "A" * 200,
]


async def test_a_parameter_that_is_wrong_is_refused(app):
    for text in WRONG:
        refused = await app.get(f"/fhir/Observation?{text}")
        assert (refused.status_code, codes(refused.json())) == (400, ["parameter_invalid"]), text


async def test_an_unknown_parameter_is_told_and_refused_when_strictness_is_asked(history):
    found = await search(history, "value-quantity=gt105&_count=2")
    last = found["entry"][-1]
    assert last["search"]["mode"] == "outcome"
    assert codes(last["resource"], "warning") == ["parameter_ignored"]
    assert "value-quantity" not in found["link"][0]["url"]
    refused = await history.get("/fhir/Observation?value-quantity=gt105", prefer="handling=strict")
    assert (refused.status_code, codes(refused.json())) == (400, ["parameter_invalid"])


async def test_too_many_parameters_are_refused(app):
    refused = await app.get("/fhir/Observation?" + "&".join(f"a{n}=1" for n in range(200)))
    assert refused.status_code == 400


async def test_a_restricted_scope_sees_and_adds_only_its_part(history):
    await history.add(glucose(88, category=[{"coding": [{"system": CATEGORY, "code": "laboratory"}]}]))
    vital = f"category={CATEGORY}|vital-signs"
    narrow = history.other(scope=f"patient/Observation.crs?{vital}")
    assert (await search(history))["total"] == 14
    assert (await search(narrow))["total"] == 13
    assert (await search(narrow, "category=laboratory"))["total"] == 0
    hidden = (await search(history, "category=laboratory"))["entry"][0]["resource"]
    assert (await narrow.get(f"/fhir/Observation/{hidden['id']}")).status_code == 404
    refused = await narrow.add({k: v for k, v in hidden.items() if k not in ("id", "meta", "performer")})
    assert (refused.status_code, codes(refused.json())) == (403, ["insufficient_scope"])
    weights = history.other(scope="patient/Observation.rs?code=http://loinc.org|29463-7")
    assert (await search(weights))["total"] == 1
    assert (await search(history.other(scope=f"{CRUDS} openid")))["total"] == 14


async def test_a_version_that_never_was_is_not_found(history):
    one = (await search(history, "_count=1"))["entry"][0]["resource"]["id"]
    assert (await history.get(f"/fhir/Observation/{one}/_history/1")).status_code == 200
    assert (await history.get(f"/fhir/Observation/{one}/_history/2")).status_code == 404
    assert (await history.get(f"/fhir/Observation/{one}", if_none_match='W/"1"')).status_code == 304


STRANGE = ["a%00b", "a_b", "a" * 65, "é", "%2e%2e%2f"]


async def test_an_id_that_cannot_be_is_not_found(app):
    for name in STRANGE:
        for kind in ("Observation", "Device"):
            assert (await app.get(f"/fhir/{kind}/{name}")).status_code == 404
