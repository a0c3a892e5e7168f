"""`espace sandbox`: what it prints, and what it says when it cannot."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sandbox.cli import sandbox
from sandbox.libreview.reader import PARIS, read
from service.cli import main
from tests.running import Running, free_port


def _run(*arguments: object) -> Result:
    return CliRunner().invoke(sandbox, [str(one) for one in arguments])


@pytest.fixture
def export(tmp_path: Path) -> Path:
    file = tmp_path / "export.csv"
    assert _run("sample", "--out", file, "--days", 3).exit_code == 0
    return file


def test_a_fresh_sample_is_written_once(tmp_path: Path) -> None:
    file = tmp_path / "new" / "sample.csv"
    done = _run("sample", "--out", file, "--days", 2, "--until", "2026-03-02")
    assert done.exit_code == 0
    assert "espace sandbox upload" in done.output
    with file.open("rb") as source:
        readings, tally = read(source)
    assert tally.total == len(readings) >= 192
    assert {reading.at.astimezone(PARIS).date().isoformat() for reading in readings} == {"2026-02-28", "2026-03-01"}
    again = _run("sample", "--out", file)
    assert again.exit_code == 1
    assert "add --force" in again.output
    assert _run("sample", "--out", file, "--force").exit_code == 0


def test_without_the_card_it_says_to_start_the_demo(export: Path, tmp_path: Path) -> None:
    done = _run("upload", export, "--demo", tmp_path / "none.json")
    assert done.exit_code == 1
    assert "Start the demo first" in done.output
    card = tmp_path / "card.json"
    card.write_text("no")
    assert "is not the demo's card" in _run("upload", export, "--demo", card).output


def test_when_nothing_answers_it_asks_whether_the_demo_runs(export: Path) -> None:
    done = _run("upload", export, "--token", "at_x", "--issuer", f"http://127.0.0.1:{free_port()}")
    assert done.exit_code == 1
    assert "is the demo running?" in done.output


def test_the_demo_takes_a_file_and_refuses_a_false_token(export: Path, tmp_path: Path) -> None:
    """The one test that starts the demo as people do, and sends to it by real HTTP."""
    running = Running(tmp_path / "data")
    running.start()
    try:
        card = running.folder / "demo.json"
        done = _run("upload", export, "--demo", card, "--json")
        assert done.exit_code == 0, done.output
        report = json.loads(done.stdout)
        assert report["added"] == report["total"] >= 288
        assert (report["file"], report["refused"], report["reasons"]) == ("export.csv", 0, {})
        again = CliRunner().invoke(main, ["--data", str(running.folder), "sandbox", "upload", str(export)])
        assert f"{report['total']} known already" in again.output
        refused = _run("upload", export, "--demo", card, "--token", "at_x")
        assert refused.exit_code == 1
        assert "401 invalid_token" in refused.output
        nobody = _run("upload", export, "--demo", card, "--as", "inaya")
        assert "activate the space first" in nobody.output
    finally:
        running.stop()
