"""The `espace` command: what it does, and what it says when it cannot."""

import dataclasses
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Connection

from clients import store
from clients.records import Client, Status
from kit import jose
from service import migration
from service.cli import COMMANDS, main
from tests.house import Home
from tests.leaks import watch
from tests.running import ESPACE, ROOT, environment, free_port

Run = Callable[..., Result]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with a master key and a place for a database, and nothing done yet."""
    for name in [name for name in os.environ if name.startswith("ESPACE_") or name in {"DATABASE_URL", "PORT"}]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("ESPACE_DATABASE__URL", f"sqlite:///{tmp_path / 'espace.db'}")
    monkeypatch.setenv("ESPACE_MASTER_KEY_FILE", str(tmp_path / "master.key"))
    return tmp_path


@pytest.fixture
def run(place: Path) -> Run:
    def command(*arguments: str, given: str | None = None) -> Result:
        result = CliRunner().invoke(main, list(arguments), input=given, catch_exceptions=False)
        assert "Traceback" not in result.output
        return result

    return command


@pytest.fixture
def installed(run: Run, place: Path) -> Run:
    """The same, after the first installation of docs/operations.md."""
    assert run("keys", "master", str(place / "master.key")).exit_code == 0
    assert run("migrate").exit_code == 0
    return run


def test_every_command_has_its_help(run: Run) -> None:
    assert set(COMMANDS) <= set(run("--help").output.split())
    for name in COMMANDS:
        assert run(name, "--help").exit_code == 0


def test_the_first_installation(run: Run, place: Path) -> None:
    refused = run("migrate")
    assert (refused.exit_code, "master_key_file" in refused.output) == (2, True)
    run("keys", "master", str(place / "master.key"))
    assert (place / "master.key").stat().st_mode & 0o777 == 0o600
    done = json.loads(run("migrate", "--json").output)
    assert (done["before"], done["after"], done["portal"]) == (None, migration.head(), True)
    again = json.loads(run("migrate", "--json").output)
    assert again == {"before": migration.head(), "after": migration.head(), "keys": [], "portal": False}


def test_a_master_key_is_never_overwritten(installed: Run, place: Path) -> None:
    before = (place / "master.key").read_bytes()
    refused = installed("keys", "master", str(place / "master.key"))
    assert refused.exit_code == 2
    assert (place / "master.key").read_bytes() == before


def test_a_blank_database_is_said_with_what_to_do(run: Run, place: Path) -> None:
    run("keys", "master", str(place / "master.key"))
    refused = run("people", "list")
    assert (refused.exit_code, "espace migrate" in refused.output) == (1, True)


def test_another_master_key_is_recognised(installed: Run, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed("keys", "master", str(place / "other.key"))
    monkeypatch.setenv("ESPACE_MASTER_KEY_FILE", str(place / "other.key"))
    refused = installed("keys", "list")
    assert (refused.exit_code, "master key" in refused.output) == (1, True)


def test_a_setting_that_does_not_exist_is_named(installed: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ESPACE_IDP__COD_LIFETIME", "PT1S")
    refused = installed("migrate")
    assert (refused.exit_code, "idp.code_lifetime" in refused.output) == (2, True)


def test_keys_are_announced_and_then_sign(installed: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ESPACE_KEYS__REFRESH_EVERY", "PT0.1S")

    def states() -> dict[str, tuple[str, str]]:
        return {
            one["kid"]: (one["algorithm"], one["state"])
            for one in json.loads(installed("keys", "list", "--json").output)
        }

    first = states()
    signing = {("ES256", "signing"), ("RS256", "signing"), ("PS256", "signing"), ("EdDSA", "signing")}
    assert set(first.values()) == signing | {("RSA-OAEP-256", "decrypting"), ("ECDH-ES", "decrypting")}
    announced = json.loads(installed("keys", "rotate", "--json").output)
    assert (len(announced["announced"]), announced["promoted"]) == (6, [])
    assert announced["ready_at"]
    now = states()
    assert {now[kid][1] for kid in announced["announced"]} == {"announced", "decrypting"}
    assert {alg for alg, state in (now[kid] for kid in first) if state == "retired"} == {"RSA-OAEP-256", "ECDH-ES"}
    promoted = json.loads(installed("keys", "rotate", "--now", "--json").output)
    assert (promoted["announced"], promoted["promoted"]) == ([], ["ES256", "RS256", "PS256", "EdDSA"])
    now = states()
    assert {now[kid][1] for kid in first} == {"retired"}
    assert {now[kid][1] for kid in announced["announced"]} == {"signing", "decrypting"}
    shown = installed("keys", "list").output
    assert "signing" in shown
    assert "decrypting" in shown


def test_a_device_that_is_not_there_is_told_in_words(installed: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ESPACE_KEYS__PKCS11__MODULE", __file__)  # no library
    monkeypatch.setenv("ESPACE_KEYS__PKCS11__PIN_FILE", __file__)
    refused = installed("keys", "rotate")
    assert refused.exit_code == 1
    assert "The device that keeps our keys cannot be used" in refused.output
    assert installed("keys", "list").exit_code == 0


def registration(**more: Any) -> str:
    key = jose.generate("ES256", "k1").as_dict(private=False) | {"kid": "k1"}
    plain = {
        "client_id": "meter",
        "name": "Meter",
        "redirect_uris": ["https://meter.example/cb"],
        "jwks": {"keys": [key]},
    }
    return json.dumps(plain | more)


@pytest.mark.rule("R154")
def test_an_app_is_registered_as_a_candidate_and_then_referenced(installed: Run) -> None:
    added = json.loads(installed("clients", "add", "-", "--json", given=registration(scope="openid pairing")).output)
    assert (added["client_id"], added["status"], added["scope"]) == ("meter", "candidate", ["openid", "pairing"])
    moved = json.loads(installed("clients", "status", "meter", "referenced", "--json").output)
    assert moved["status"] == "referenced"
    assert json.loads(installed("clients", "show", "meter", "--json").output)["status"] == "referenced"
    assert [one["client_id"] for one in json.loads(installed("clients", "list", "--json").output)] == [
        "meter",
        "portal",
    ]
    assert "meter" in installed("clients", "list").output
    assert "https://meter.example/cb" in installed("clients", "show", "meter").output


@pytest.mark.rule("R157")
async def test_the_catalogue_is_read_a_page_at_a_time(house: Home) -> None:
    now = house.clock.now()
    glucolink = await house.database.read(lambda db: store.find(db, "glucolink"))
    assert glucolink is not None

    def thirty_more(db: Connection) -> None:
        for number in range(30):
            store.add(db, dataclasses.replace(glucolink, client_id=f"app-{number:02}", name=f"App {number}"), now)

    await house.database.work(thirty_more)
    seen: list[str] = []

    def after_the_last(db: Connection) -> list[Client]:
        return store.all_clients(db, after=seen[-1] if seen else "", limit=8)

    while page := await house.database.read(after_the_last):
        assert len(page) <= 8
        seen += [one.client_id for one in page]
    assert len(seen) == len(set(seen)) == 30 + len(house.card["clients"])
    listed = [Status.LISTED]
    assert await house.database.read(lambda db: store.all_clients(db, statuses=listed)) == []


def test_the_list_of_apps_begins_and_ends_where_it_is_asked(installed: Run) -> None:
    for name in ("b-meter", "a-meter"):
        installed("clients", "add", "-", given=registration(client_id=name))
    first = json.loads(installed("clients", "list", "--limit", "1", "--json").output)
    then = json.loads(installed("clients", "list", "--limit", "1", "--after", "a-meter", "--json").output)
    assert [one["client_id"] for one in (*first, *then)] == ["a-meter", "b-meter"]


def test_a_secret_is_shown_once_and_kept_as_a_digest(installed: Run) -> None:
    given = registration(auth_method="client_secret_basic", jwks=None)
    secret = json.loads(installed("clients", "add", "-", "--json", given=given).output)["client_secret"]
    assert len(secret) > 40
    shown = installed("clients", "show", "meter", "--json").output
    assert secret not in shown
    assert "secret" not in json.loads(shown)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("{", "cannot be read"),
        (registration(colour="red"), "colour"),
        (registration(redirect_uris=["http://meter.example/cb"]), "https"),
        (registration(redirect_uris=[]), "redirect_uris"),
        (registration(jwks=None), "jwks"),
        (registration(client_id="portal"), "registered already"),
    ],
)
def test_a_registration_that_does_not_hold_together_is_refused(installed: Run, given: str, words: str) -> None:
    refused = installed("clients", "add", "-", given=given)
    assert (refused.exit_code, words in refused.output) == (1, True)


def test_nobody_and_nothing_unknown_is_found(installed: Run) -> None:
    for command in (("clients", "show", "none"), ("people", "show", "none"), ("people", "code", "per_none")):
        refused = installed(*command)
        assert refused.exit_code == 1
        assert "See: espace" in refused.output
    assert installed("clients", "status", "none", "referenced").exit_code == 1


PERSON = ("people", "add", "--family-name", "Essai", "--given-names", "Ana", "--birth-date", "1990-05-02", "--sex", "F")


def test_a_person_is_made_known_and_gets_a_code(installed: Run) -> None:
    made = json.loads(installed(*PERSON, "--nir", "290057599901136", "--json").output)
    assert (made["name"], made["space"], len(made["provisional_code"])) == ("Ana Essai", "notified", 12)
    again = installed(*PERSON, "--nir", "290057599901136")
    assert (again.exit_code, "known already" in again.output) == (1, True)
    other = json.loads(installed("people", "code", made["id"], "--json").output)
    assert other["provisional_code"] != made["provisional_code"]
    shown = installed("people", "show", made["id"])
    assert "Ana" in shown.output
    assert "290057599901136" not in shown.output + installed("people", "list", "--json").output


@pytest.mark.parametrize("number", ["290057599901137", "abc", ""])
def test_a_number_without_its_key_is_refused_and_not_repeated(installed: Run, number: str) -> None:
    refused = installed(*PERSON, "--nir", number)
    assert refused.exit_code == 1
    assert "cannot be kept" in refused.output
    assert not number or number not in refused.output


def test_the_number_is_asked_for_and_not_shown(installed: Run) -> None:
    made = installed(*PERSON, given="290057599901136\n")
    assert made.exit_code == 0
    assert "290057599901136" not in made.output


def test_purging_says_what_it_removed(installed: Run) -> None:
    gone = json.loads(installed("purge", "--json").output)
    assert set(gone.values()) == {0}
    assert "sessions" in installed("purge").output


def test_a_whole_journal_is_told_and_so_is_a_forged_one(installed: Run, place: Path) -> None:
    import sqlite3

    installed(*PERSON, "--nir", "290057599901136")
    whole = json.loads(installed("journal", "verify", "--json").output)
    assert (whole["whole"], whole["people"], whole["lines"]) == (True, 1, 1)
    with sqlite3.connect(place / "espace.db") as raw:
        raw.execute("UPDATE consent_journal SET action = 'space.objected'")
    raw.close()
    forged = installed("journal", "verify", "--json")
    assert forged.exit_code == 1
    assert [one["kind"] for one in json.loads(forged.output)["faults"]] == ["changed"]


class Process:
    """A command of a deployment, as a process."""

    def __init__(self, place: Path, *arguments: str, **environ: str) -> None:
        self.log = place / f"{arguments[0]}.log"
        kept = {name: value for name, value in os.environ.items() if name.startswith("ESPACE_")}
        with self.log.open("wb") as out:
            self.process = subprocess.Popen(
                [ESPACE, *arguments], cwd=ROOT, stdout=out, stderr=out, env=environment(**kept, **environ)
            )

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.read_text().splitlines()]


def wait_for(url: str, seconds: float = 90) -> httpx2.Response:
    end = time.monotonic() + seconds
    while True:
        try:
            return httpx2.get(url, trust_env=False, timeout=5)
        except httpx2.TransportError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)


@pytest.fixture
def started(installed: Run, place: Path) -> Iterator[list[Process]]:
    running: list[Process] = []
    yield running
    for one in running:
        one.stop()


def test_serve_answers_and_stops_when_asked(started: list[Process], place: Path) -> None:
    port = free_port()
    server = Process(place, "serve", "--port", str(port))
    started.append(server)
    base = f"http://127.0.0.1:{port}"
    assert wait_for(f"{base}/readyz").json() == {"status": "ready"}
    found = httpx2.get(f"{base}/.well-known/openid-configuration", trust_env=False).json()
    assert found["issuer"] == "http://localhost:8000"
    figures = httpx2.get(f"{base}/metrics", trust_env=False)
    assert "http_requests_total" in figures.text
    for demo_only in ("/sandbox/inbox", "/sandbox/clock", "/sandbox/glucolink/", "/patterns"):
        assert httpx2.get(base + demo_only, trust_env=False).status_code == 404
    assert server.stop() == 0
    lines = server.lines()
    assert any(one.get("route") == "/readyz" and one.get("request_id") for one in lines)
    assert not watch.leaks(server.log.read_text())


def test_the_worker_works_and_stops_when_asked(started: list[Process], place: Path) -> None:
    worker = Process(place, "worker")
    started.append(worker)
    end = time.monotonic() + 90
    while "worker_started" not in worker.log.read_text():
        assert time.monotonic() < end
        time.sleep(0.05)
    assert worker.stop() == 0
    assert [one["event"] for one in worker.lines()][-1] == "worker_stopped"


def test_several_server_processes_need_throttles_that_they_share(installed: Run) -> None:
    refused = installed("serve", "--workers", "2")
    assert (refused.exit_code, "limits_url" in refused.output) == (2, True)


def test_a_command_works_on_a_demo_by_its_folder(demo: Any, run: Run) -> None:
    found = json.loads(run("--data", str(demo.folder), "people", "show", "inaya", "--json").output)
    assert (found["name"], found["space"]) == ("Inaya Michel", "created")
    assert run("--data", str(demo.folder), "journal", "verify").exit_code == 0


def test_a_folder_without_a_demo_is_said(run: Run, tmp_path: Path) -> None:
    refused = run("--data", str(tmp_path), "people", "list")
    assert (refused.exit_code, "no demo is kept here" in refused.output) == (2, True)
