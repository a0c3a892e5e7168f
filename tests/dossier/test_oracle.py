"""What goes out is FHIR, by the word of a library that nobody here wrote (R4B: the same Observation as R4)."""

import json

import pytest
from fhir.resources.R4B.bundle import Bundle
from fhir.resources.R4B.device import Device
from fhir.resources.R4B.observation import Observation
from fhir.resources.R4B.operationoutcome import OperationOutcome

from dossier.catalogue import CATALOGUE, UCUM
from sandbox.libreview import observations, sample
from sandbox.libreview.reader import read
from tests.dossier.world import glucose, pressure, transaction


def agrees(kind, resource) -> None:
    """The library accepts the resource, and writes it back the same."""
    written = json.loads(kind.model_validate(resource).model_dump_json(exclude_none=True))
    instants = ("lastUpdated", "lastModified", "effectiveDateTime")

    def same(left, right, name=""):
        if isinstance(left, dict):
            assert left.keys() == right.keys()
            for key in left:
                same(left[key], right[key], key)
        elif isinstance(left, list):
            assert len(left) == len(right)
            for one, other in zip(left, right, strict=True):
                same(one, other, name)
        elif name not in instants:
            assert left == right, name

    same(resource, written)


@pytest.mark.parametrize(
    "sent",
    [
        glucose(112),
        glucose(5.6, "mmol/L", "15074-8"),
        glucose(450),
        pressure(),
        glucose(category=None, note=[{"text": "après le repas"}], interpretation=[{"coding": [{"code": "H"}]}]),
        glucose(referenceRange=[{"low": {"value": 70}, "high": {"value": 180}}], method={"text": "bandelette"}),
        glucose(text={"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml">112 mg/dL</div>'}),
    ],
)
async def test_observations_are_fhir(app, sent):
    made = await app.add(sent)
    assert made.status_code == 201
    agrees(Observation, made.json())


async def test_every_measure_of_the_catalogue_can_be_kept_and_is_fhir(app):
    simple = [one for one in CATALOGUE.measures.values() if one.writable and one.kind == "simple"]
    for measure, code in [(one, code) for one in simple for code in one.codes]:
        middle = float(sum(measure.bounds.plausible) / 2)
        coding = {"coding": [{"system": code.system, "code": code.code, "display": code.display}]}
        quantity = {"value": round(middle, 1), "unit": measure.ucum, "system": UCUM, "code": measure.ucum}
        made = await app.add(glucose(valueQuantity=quantity, extension=None) | {"code": coding})
        assert made.status_code == 201, made.text
        agrees(Observation, made.json())


async def test_bundles_devices_and_outcomes_are_fhir(app):
    device = {
        "resourceType": "Device",
        "identifier": [{"system": "urn:x", "value": "1"}],
        "deviceName": [{"name": "Lecteur", "type": "user-friendly-name"}],
    }
    agrees(Bundle, (await app.bundle(transaction(device, glucose(450)), prefer="return=representation")).json())
    agrees(Bundle, (await app.bundle(transaction(glucose(), glucose(5000), kind="batch"))).json())
    agrees(Bundle, (await app.get("/fhir/Observation?_include=Observation:device&unknown=1&_count=1")).json())
    agrees(OperationOutcome, (await app.add(glucose(5000))).json())
    agrees(OperationOutcome, (await app.get("/fhir/Observation/none")).json())


def test_what_the_reader_app_sends_is_fhir():
    with sample.FILE.open("rb") as source:
        readings, _ = read(source)
    some = [*readings[:20], *readings[-30:]]
    bundle = observations.bundle(some, patient="p1")
    agrees(Bundle, bundle)
    agrees(Device, bundle["entry"][0]["resource"])
