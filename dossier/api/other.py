"""The rest of the base: a device that measured, what the server can do, and addresses where nothing is."""

from starlette.requests import Request
from starlette.responses import Response

from dossier import devices
from dossier.access import Trace
from dossier.api import answers
from dossier.api.call import Call, Desk, Done, perform
from dossier.api.capability import statement
from dossier.api.creation import FHIR_ID
from dossier.api.negotiation import media_wanted
from dossier.api.observations import not_found
from dossier.records import KeptDevice
from dossier.render import device
from dossier.scene import Scene
from kit.problems import Refusal


async def read_device(call: Call) -> Response:
    """GET Device/{id}: served to whoever may read measures, as a part of those that name it."""
    wanted = str(call.request.path_params["id"])

    def act(desk: Desk) -> Done[KeptDevice]:
        permit = desk.permit("r")
        known = devices.find(desk.db, permit.person_id, [wanted]) if FHIR_ID.fullmatch(wanted) else {}
        if wanted not in known:
            raise not_found()
        return Done(known[wanted], Trace("r", "Device", "measures", 200, count=1, ids=(wanted,)))

    return answers.resource(device(await perform(call, "r", act)), media=call.media)


async def nothing(call: Call) -> Response:
    """Any other address under the base: 404 in FHIR."""
    raise Refusal("not_supported", "no such resource type or operation here", status=404)


class Metadata:
    """GET metadata: public, the same for everyone (R4 §3.1.0.14)."""

    def __init__(self, scene: Scene) -> None:
        self._statement = statement(scene.base)

    async def __call__(self, request: Request) -> Response:
        try:
            media = media_wanted(request)
        except Refusal as refusal:
            return answers.refused(refusal)
        return answers.resource(self._statement, media=media, headers={"cache-control": "public, max-age=3600"})
