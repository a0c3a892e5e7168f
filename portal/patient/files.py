"""Tables as files that a person takes away."""

import csv
import io
from collections.abc import Sequence

from starlette.responses import Response

_FORMULA = {"=", "+", "-", "@", "\t", "\r"}


def table_file(name: str, rows: Sequence[Sequence[str]]) -> Response:
    """A file that French spreadsheets open as it is: semicolons, decimal commas, a mark of UTF-8.

    A cell that begins like a formula is made plain text (CWE-1236).
    """
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";")
    for row in rows:
        writer.writerow([f"'{cell}" if cell[:1] in _FORMULA else cell for cell in row])
    return Response("\ufeff" + text.getvalue(), headers=_headers(name), media_type="text/csv; charset=utf-8")


def text_file(name: str, text: str) -> Response:
    """Plain text."""
    return Response(text, headers=_headers(name), media_type="text/plain; charset=utf-8")


def _headers(name: str) -> dict[str, str]:
    return {
        "content-disposition": f'attachment; filename="{name}"',
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
    }
