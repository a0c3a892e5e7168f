"""What the demo says on the terminal: where to click first, as whom."""

from pathlib import Path
from typing import Any

from rich.console import Console
from rich.panel import Panel
from rich.table import Table


def show(console: Console, card: dict[str, Any], folder: Path) -> None:
    """Everything needed to walk the whole path, in its order."""
    people = {one["key"]: one for one in card["people"]}
    inaya, gabrielle = people["inaya"], people["gabrielle"]
    pages = card["pages"]
    steps = Table.grid(padding=(0, 2))
    steps.add_column(justify="right", style="bold")
    steps.add_column(overflow="fold")
    steps.add_row("Start", card["issuer"] + "/")
    if inaya["provisional_code"]:
        steps.add_row("1", f"Activate Inaya’s space: {pages['activation']}")
        steps.add_row("", f"provisional code [bold]{inaya['provisional_code']}[/]   number [bold]{inaya['nir']}[/]")
        steps.add_row("", f"Vitale card [bold]{inaya['vitale_serial']}[/]")
    else:
        steps.add_row("1", f"Inaya’s space is {inaya['state']}")
    steps.add_row("", f"or sign in as Gabrielle: [bold]{gabrielle['identifier']}[/] / [bold]{gabrielle['password']}[/]")
    steps.add_row("2", f"Read the codes that are sent: {card['inbox']}")
    steps.add_row("3", f"Pair the reader app and send its sample: {pages['reader']}")
    steps.add_row("4", f"See the curve: {pages['measures']}")
    steps.add_row("5", f"Stop the app, then send again and see it refused: {pages['apps']}")
    steps.add_row("6", f"Read who did what: {pages['history']}")
    steps.add_row("Time", f"moves forward at {card['clock']}")
    if card["conformance"]:
        words = "anybody registers apps; camille.essai signs in without a code; every page says so"
        steps.add_row("Open", f"to a conformance suite at {card['conformance']['suite']}: {words}")
        steps.add_row("Plans", str(folder / "conformance"))
    steps.add_row("Scripts", str(folder / "demo.json"))
    console.print(Panel(steps, title="The demo is starting", border_style="green", expand=False))
    console.print("Stop it with Ctrl+C.")
