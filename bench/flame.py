"""Where the server's time goes: py-spy looks at its stacks while a case runs."""

import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench import load
from bench.cases import Case
from bench.desk import Desk

_PY_SPY = Path(sys.executable).parent / "py-spy"
_RATE = 400
"""Looks a second."""
_TOP = 30


def record(desk: Desk, case: Case, folder: Path, seconds: float, console: Console) -> list[Path]:
    """Write a flame graph (SVG) and the stacks it is made of; print the functions that cost most."""
    if desk.target.server.process is None:
        raise RuntimeError("the server is not running")
    written = []
    for kind, ending in (("raw", "txt"), ("flamegraph", "svg")):
        following, judge = case.work(desk, seconds + 1)
        file = folder / f"{case.name}.{ending}"
        command = [str(_PY_SPY), "record", "--pid", str(desk.target.server.process.pid), "--format", kind]
        command += ["--duration", str(int(seconds)), "--rate", str(_RATE), "--output", str(file)]
        spy = threading.Thread(target=_spy, args=(command,))
        spy.start()
        load.run(desk.address, following, judge, concurrency=case.concurrency, seconds=seconds + 1)
        spy.join()
        written.append(file)
    _show(written[0], case, console)
    return written


def _spy(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"py-spy: {done.stderr.strip()[-500:]}", file=sys.stderr)


def _show(file: Path, case: Case, console: Console) -> None:
    own, whole, total = counts(file.read_text())
    table = Table(title=f"{case.name}: {total} samples", title_justify="left", header_style="bold")
    for name in ("function", "own %", "with what it calls %"):
        table.add_column(name, overflow="fold", justify="left" if name == "function" else "right")
    for function, _ in whole.most_common(_TOP):
        table.add_row(function, f"{100 * own[function] / total:.1f}", f"{100 * whole[function] / total:.1f}")
    console.print(table)
    table = Table(title="by own time", title_justify="left", header_style="bold")
    for name in ("function", "own %"):
        table.add_column(name, overflow="fold", justify="left" if name == "function" else "right")
    for function, count in own.most_common(_TOP):
        table.add_row(function, f"{100 * count / total:.1f}")
    console.print(table)


def counts(stacks: str) -> tuple[Counter[str], Counter[str], int]:
    """Samples by function, its own and with what it calls, and all of them. Lines within a function are one."""
    own: Counter[str] = Counter()
    whole: Counter[str] = Counter()
    total = 0
    for line in stacks.splitlines():
        stack, _, number = line.rpartition(" ")
        frames = [_function(frame) for frame in stack.split(";")]
        count = int(number)
        total += count
        own[frames[-1]] += count
        whole.update(dict.fromkeys(set(frames), count))
    return own, whole, max(total, 1)


def _function(frame: str) -> str:
    """`name (file.py:12)` without its line."""
    name, _, where = frame.rpartition(" (")
    return f"{name} ({where.rpartition(':')[0]})" if ":" in where else frame
