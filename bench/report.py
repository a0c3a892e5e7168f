"""What was measured, for the eye and for later: tables on the terminal, Markdown and JSON in files."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table

Findings = dict[str, Any]

_COLUMNS: tuple[tuple[str, Callable[[dict[str, Any]], str]], ...] = (
    ("rate, /s", lambda row: f"{row['rate']:,.0f}"),
    ("server ms", lambda row: f"{row['server_ms']:.3f}"),
    ("at least", lambda row: f"{row['least_ms']:.3f}"),
    ("database ms", lambda row: f"{row['database_ms']:.3f}"),
    ("p50 ms", lambda row: f"{row['p50_ms']:.1f}"),
    ("p99 ms", lambda row: f"{row['p99_ms']:.1f}"),
    ("server %", lambda row: f"{row['server_pct']:.0f}"),
    ("other work %", lambda row: f"{row['foreign_pct']:.0f}"),
    ("errors", lambda row: f"{row['errors']:.0f}"),
)
_TABLES = (
    ("Server CPU, ms a request (median of the runs)", "server_ms"),
    ("Server CPU, ms a request (the run least disturbed)", "least_ms"),
    ("Database CPU, ms a request", "database_ms"),
    ("Rate, a second", "rate"),
)


def show(found: Findings, console: Console) -> None:
    """One target on the terminal."""
    table = Table(title=found["name"], title_justify="left", header_style="bold")
    table.add_column("case")
    for name, _ in _COLUMNS:
        table.add_column(name, justify="right")
    for case, row in found["cases"].items():
        table.add_row(case, *_cells(row))
    console.print(table)
    for case, row in found["cases"].items():
        if "failed" in row or row["median"]["errors"]:
            why = row.get("failed") or next(run["first_error"] for run in row["runs"] if run["first_error"])
            console.print(f"[red]{case}[/]: {why}", highlight=False, soft_wrap=True)
    for line in _life(found):
        console.print(line, highlight=False)


def markdown(every: Sequence[Findings]) -> str:
    """Every target, side by side: CPU of a request, then rates, then the life of each process."""
    cases = list(dict.fromkeys(case for found in every for case in found["cases"]))
    names = [found["name"] for found in every]
    lines = []
    for title, number in _TABLES:
        lines += [f"### {title}", "", f"| case | {' | '.join(names)} |", f"|---{'|---:' * len(names)}|"]
        for case in cases:
            cells = [_number(found["cases"].get(case), number) for found in every]
            lines.append(f"| {case} | {' | '.join(cells)} |")
        lines.append("")
    for found in every:
        lines += [f"### {found['name']}", "", *(f"- {line}" for line in _life(found)), ""]
        lines += [f"- {name}: {value}" for name, value in found["about"].items()] + [""]
    return "\n".join(lines)


def write(every: Sequence[Findings], folder: Path) -> list[Path]:
    """`results.json` and `results.md` in that folder."""
    files = [folder / "results.json", folder / "results.md"]
    files[0].write_text(json.dumps(list(every), indent=1, ensure_ascii=False) + "\n")
    files[1].write_text(markdown(every))
    return files


def _cells(row: dict[str, Any]) -> list[str]:
    if "failed" in row:
        return ["failed", *[""] * (len(_COLUMNS) - 1)]
    return [said(row["median"]) for _, said in _COLUMNS]


def _number(row: dict[str, Any] | None, name: str) -> str:
    if row is None:
        return "–"
    if "failed" in row:
        return "failed"
    value = row["median"][name]
    said = f"{value:.3f}" if name.endswith("_ms") else f"{value:,.0f}"
    return said + ("!" if row["median"]["errors"] else "")


def _life(found: Findings) -> list[str]:
    lines = []
    if found.get("start_s"):
        lines.append(f"ready {median(found['start_s']):.2f} s after its start (median of {len(found['start_s'])})")
    if kept := found.get("memory"):
        idle, after = kept["idle"], kept["after"]
        lines.append(
            f"memory {idle['rss_mb']:.0f} MB idle, {after['rss_mb']:.0f} MB after {kept['tokens']:,} tokens (resident)"
        )
    if end := found.get("memory_end"):
        lines.append(f"memory {end['rss_mb']:.0f} MB after every case")
    return lines
