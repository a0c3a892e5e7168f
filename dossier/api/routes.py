"""Which address does what, under the FHIR base."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dossier.api import bundles, observations
from dossier.api.call import door
from dossier.api.other import Metadata, nothing, read_device
from dossier.api.patients import read_patient
from dossier.scene import Scene

_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]


def routes(scene: Scene) -> list[Route]:
    """Every address under the base answers in FHIR, wrong methods and unknown types too.

    Another owner's address under the base (`.well-known/smart-configuration`) must come before these.
    """
    base = scene.path
    metadata = Metadata(scene)
    bundle = door(scene, POST=bundles.carry_out)
    return [
        Route(f"{base}/metadata", metadata.__call__, methods=["GET", "HEAD"], name="fhir-metadata"),
        _route(base or "/", bundle, "fhir-bundle"),
        *([_route(f"{base}/", bundle, "fhir-bundle-slash")] if base else []),
        _route(
            f"{base}/Observation", door(scene, GET=observations.search, POST=observations.create), "fhir-observations"
        ),
        _route(f"{base}/Observation/_search", door(scene, POST=observations.search), "fhir-search"),
        _route(f"{base}/Observation/{{id}}", door(scene, GET=observations.read), "fhir-observation"),
        _route(f"{base}/Observation/{{id}}/_history/{{version}}", door(scene, GET=observations.read), "fhir-version"),
        _route(f"{base}/Device/{{id}}", door(scene, GET=read_device), "fhir-device"),
        _route(f"{base}/Patient/{{id}}", door(scene, GET=read_patient), "fhir-patient"),
        _route(f"{base}/{{rest:path}}", door(scene, **dict.fromkeys(_METHODS, nothing)), "fhir-other"),
    ]


def _route(path: str, endpoint: Callable[[Request], Awaitable[Response]], name: str) -> Route:
    return Route(path, endpoint, methods=_METHODS, name=name)
