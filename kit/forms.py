"""Read a form: bounded, without NUL, and only from our own pages."""

from collections.abc import Mapping
from urllib.parse import unquote

from starlette.requests import Request

from kit.csrf import FIELD, Csrf
from kit.problems import Refusal

FORM_TYPE = "application/x-www-form-urlencoded"
MOST_FIELDS = 200


class Form:
    """The fields of a form, in order, several values a name kept."""

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        self.pairs = pairs
        self._all: dict[str, list[str]] = {}
        for name, value in pairs:
            self._all.setdefault(name, []).append(value)

    def get(self, name: str, default: str = "") -> str:
        """The last value of `name`, or the default."""
        return self._all.get(name, [default])[-1]

    def all(self, name: str) -> list[str]:
        """Every value of `name`, in order."""
        return list(self._all.get(name, []))

    def first_values(self) -> dict[str, str]:
        """Each name with its first value, for showing a form again."""
        return {name: values[0] for name, values in self._all.items()}

    @property
    def lists(self) -> Mapping[str, list[str]]:
        """Each name with all its values."""
        return self._all


async def parse(request: Request) -> Form:
    """The form of the body. Raises Refusal(400) when it is not a form, too long, or holds NUL."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != FORM_TYPE:
        raise Refusal("invalid_request", f"the body must be {FORM_TYPE}", status=400)
    return parse_bytes(await request.body())


def parse_bytes(body: bytes) -> Form:
    """The form in `body`. Raises Refusal(400)."""
    if b"\0" in body or b"%00" in body:
        raise Refusal("invalid_request", "a field holds a NUL character", status=400)
    try:
        fields = body.decode("utf-8").split("&", MOST_FIELDS)
        if len(fields) > MOST_FIELDS:
            raise ValueError("too many fields")
        return Form([(_plain(name), _plain(value)) for name, _, value in (one.partition("=") for one in fields if one)])
    except ValueError as error:
        raise Refusal("invalid_request", "the form cannot be read", status=400) from error


def _plain(said: str) -> str:
    """A name or a value without its escapes. Raises ValueError for what is not UTF-8 underneath."""
    if "+" not in said and "%" not in said:
        return said
    return unquote(said.replace("+", " "), errors="strict")


async def read(request: Request, csrf: Csrf) -> Form:
    """The form of one of our own pages. Raises Refusal(400 or 403)."""
    form = await parse(request)
    csrf.check(request, form.get(FIELD))
    return form
