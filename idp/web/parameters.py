"""The parameters of a front-channel request: the query of a GET, the body of a POST."""

from starlette.requests import Request

from kit import forms


async def parameters(request: Request) -> dict[str, list[str]]:
    """Each name with all its values. Raises Refusal(400) when they cannot be read."""
    if request.method == "POST":
        form = await forms.parse(request)
    else:
        form = forms.parse_bytes(request.scope.get("query_string", b""))
    return dict(form.lists)
