"""The person whose dossier it is: what `patient` and `fhirUser` lead to (SMART App Launch 2.2 §2.1.7)."""

from typing import Any

from starlette.responses import Response

from dossier.access import Holder, Trace
from dossier.api import answers
from dossier.api.call import Call, Desk, Done, perform
from dossier.api.observations import not_found
from dossier.fhir.dates import instant


async def read_patient(call: Call) -> Response:
    """GET Patient/{id}: the one person that the token is about, under the name that this caller has for them."""
    wanted = str(call.request.path_params["id"])

    def act(desk: Desk) -> Done[Holder]:
        holder = desk.holder()
        if wanted != holder.permit.patient:
            raise not_found()
        return Done(holder, Trace("r", "Patient", "identity", 200, count=1))

    return answers.resource(patient(await perform(call, "r", act, "Patient", "identity")), media=call.media)


def patient(holder: Holder) -> dict[str, Any]:
    """A Patient as it goes out; without a name where the person did not agree to tell it, and never with their NIR."""
    body: dict[str, Any] = {"resourceType": "Patient", "id": holder.permit.patient}
    if not holder.named:
        return body
    if holder.changed_at is not None:
        body["meta"] = {"lastUpdated": instant(holder.changed_at)}
    body["name"] = [{"use": "official", "family": holder.family_name, "given": list(holder.given_names)}]
    body["gender"] = holder.gender
    if holder.permit.born is not None:
        body["birthDate"] = holder.permit.born.isoformat()
    return body
