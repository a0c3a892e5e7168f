"""What the machine does: CPU and memory of processes, other work on it, which core is whose."""

import os
import platform
import time
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_PROC = Path("/proc")


def family(pid: int) -> list[int]:
    """A process and all that came of it."""
    children: dict[int, list[int]] = {}
    for entry in _PROC.iterdir():
        if entry.name.isdigit() and (said := _stat(int(entry.name))):
            children.setdefault(int(said[1]), []).append(int(entry.name))
    found, waiting = [], [pid]
    while waiting:
        one = waiting.pop()
        found.append(one)
        waiting += children.get(one, [])
    return found


def cpu(pids: Iterable[int]) -> dict[int, float]:
    """CPU seconds that each of these processes has used, all its threads together."""
    return {pid: _used(pid) for pid in pids}


def spent(before: dict[int, float], after: dict[int, float]) -> float:
    """CPU seconds between the two; a process that is new counts whole, one that is gone is not known any more."""
    return sum(max(used - before.get(pid, 0.0), 0.0) for pid, used in after.items())


def busy() -> float:
    """CPU seconds that the whole machine has worked, interrupts and stolen time included."""
    numbers = [int(one) for one in (_PROC / "stat").read_text().split("\n", 1)[0].split()[1:9]]
    return (sum(numbers) - numbers[3] - numbers[4]) / _TICKS


def wait_for_quiet(most: float) -> float:
    """Wait until other work leaves the machine nearly idle (15 % of a core), or so many seconds; gives those waited."""
    began = time.monotonic()
    while time.monotonic() - began < most:
        before = busy()
        time.sleep(0.4)
        if (busy() - before) / 0.4 < 0.15:
            break
    return time.monotonic() - began


def memory(pids: Iterable[int]) -> dict[str, float]:
    """Megabytes that these processes hold: resident, and proportional (shared pages divided)."""
    kilobytes = {"Rss": 0, "Pss": 0}
    for pid in pids:
        try:
            lines = (_PROC / str(pid) / "smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        for line in lines:
            name, _, rest = line.partition(":")
            if name in kilobytes:
                kilobytes[name] += int(rest.split()[0])
    return {"rss_mb": round(kilobytes["Rss"] / 1024, 1), "pss_mb": round(kilobytes["Pss"] / 1024, 1)}


def pin(core: str) -> None:
    """Keep this process, and what it starts, on one core; an empty name leaves it free."""
    if core:
        os.sched_setaffinity(0, {int(core)})


def described() -> dict[str, str]:
    """What this ran on, in words."""
    model = next(
        (
            line.partition(":")[2].strip()
            for line in (_PROC / "cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    return {
        "cpu": f"{os.cpu_count()} × {model}",
        "kernel": platform.release(),
        "python": platform.python_version(),
        **{name: version(name) for name in ("uvicorn", "uvloop", "httptools", "starlette", "sqlalchemy", "asyncpg")},
    }


def _stat(pid: int) -> list[str] | None:
    """The fields of /proc/PID/stat after the name: state, parent…"""
    try:
        return (_PROC / str(pid) / "stat").read_text().rsplit(")", 1)[1].split()
    except (OSError, IndexError):
        return None


def _used(pid: int) -> float:
    said = _stat(pid)
    return (int(said[11]) + int(said[12])) / _TICKS if said else 0.0
