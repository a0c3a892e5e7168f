"""What was measured is told: side by side, with what failed, and where the time went."""

import io
import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner
from rich.console import Console

from bench import flame, report
from bench.run import main

ROW = {
    "rate": 1234.5, "count": 5, "errors": 0, "p50_ms": 1.0, "p99_ms": 2.0, "server_ms": 0.1234, "least_ms": 0.12,
    "database_ms": 0.2, "server_pct": 99.0, "generator_pct": 50.0, "foreign_pct": 3.0, "seconds": 4.0,
}  # fmt: skip


def found(name: str, **cases: Any) -> report.Findings:
    memory = {"idle": {"rss_mb": 90.0}, "after": {"rss_mb": 91.0}, "tokens": 10_000}
    return {"name": name, "about": {"cpu": "one"}, "start_s": [1.0, 1.2, 1.1], "memory": memory, "cases": cases}


def test_targets_stand_side_by_side(tmp_path: Path) -> None:
    good = {"median": ROW, "runs": [ROW]}
    bad = {"median": {**ROW, "errors": 2}, "runs": [{**ROW, "first_error": "HTTP/1.1 500"}]}
    every = [found("ours", refresh=good, bundle=good), found("peer", refresh=bad, code={"failed": "no code"})]
    text = report.markdown(every)
    assert "| case | ours | peer |" in text
    assert "| refresh | 0.123 | 0.123! |" in text
    assert "| bundle | 1,234 | – |" in text
    assert "| code | – | failed |" in text
    assert "ready 1.10 s after its start (median of 3)" in text
    files = report.write(every, tmp_path)
    assert json.loads(files[0].read_text())[1]["name"] == "peer"
    console = Console(width=120, record=True, file=io.StringIO())
    report.show(every[1], console)
    shown = console.export_text()
    assert "code: no code" in shown
    assert "refresh: HTTP/1.1 500" in shown


def test_lines_of_one_function_are_counted_together() -> None:
    stacks = "main (a.py:1);work (b.py:10) 3\nmain (a.py:2);work (b.py:11);work (b.py:12) 2\nmain (a.py:3) 1\n"
    own, whole, total = flame.counts(stacks)
    assert total == 6
    assert own == {"work (b.py)": 5, "main (a.py)": 1}
    assert whole == {"work (b.py)": 5, "main (a.py)": 6}


def test_the_command_says_what_it_can_do() -> None:
    said = CliRunner().invoke(main, ["--help"]).output
    assert all(f"--{name}" in said for name in ("database-url", "only", "duration", "profile", "peer", "out"))
    wrong = CliRunner().invoke(main, ["--only", "nothing"])
    assert wrong.exit_code == 2
    assert "unknown case: nothing" in wrong.output
