"""What axe-core finds wrong in a page, one line a fault: an empty list is a pass."""

from functools import cache
from pathlib import Path
from typing import Any

SOURCE = Path(__file__).parent / "assets" / "axe.min.js"
STANDARD = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


async def violations(page: Any) -> list[str]:
    """Faults of WCAG 2.2 A and AA, and of good practice, in a Playwright page as it stands now."""
    if not await page.evaluate("typeof axe === 'object'"):
        await page.evaluate(_source())
    found = await page.evaluate(
        "tags => axe.run(document, {runOnly: {type: 'tag', values: tags}, resultTypes: ['violations']})", STANDARD
    )
    return [
        f"{fault['id']} ({fault['impact']}): {fault['help']}: {' '.join(map(str, node['target']))} {node['html'][:160]}"
        for fault in found["violations"]
        for node in fault["nodes"]
    ]


@cache
def _source() -> str:
    return SOURCE.read_text()
