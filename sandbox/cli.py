"""`espace sandbox`: a reader's file to the measures API from a terminal, and a fresh file to try with."""

import asyncio
import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import click
import httpx2
import msgspec
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from kit.clock import SystemClock
from sandbox.courier import Courier
from sandbox.glucolink import fresh_sample, job
from sandbox.glucolink.provider import Provider, Tokens
from sandbox.glucolink.settings import GlucoLinkSettings
from sandbox.glucolink.trouble import Mistrust, Refused, Unreachable
from sandbox.libreview.layout import NotLibreView
from sandbox.libreview.sample import DAYS
from sandbox.libreview.sample import sample as made_up
from sandbox.walker import Lost

_ADVICE = {
    "invalid_token": "the access token is not valid, has expired, or is for another audience: get a new one",
    "consent_missing": "the person did not agree that measures be added: change it in « Mes applications »",
    "consent_paused": "the person paused the app: resume it in « Mes applications »",
    "consent_ended": "the person stopped the app: pair again",
    "consent_expired": "the period that the person chose is over: pair again",
    "pairing_required": "the consents are not given yet: POST /pairings, then open consents_uri",
    "insufficient_scope": "the token does not cover patient/Observation.c and patient/Device.c: ask for them",
    "space_closed": "this person's space is closed",
}


@click.group()
def sandbox() -> None:
    """Stand-ins for the outside world: a reader's file, and what sends it."""


@sandbox.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--demo",
    "card",
    type=click.Path(path_type=Path),
    help="The card that the running demo wrote. [default: DATA/demo.json with --data, else var/demo/demo.json]",
)
@click.option("--as", "person", default="gabrielle", show_default=True, help="Whose space, by their key in the card.")
@click.option("--identifier", help="The identifier that this person chose, when the card does not know it.")
@click.option("--password", help="Their password. [default: the card's, or asked for]")
@click.option("--token", help="Send with this access token instead of playing a person of the demo.")
@click.option("--issuer", help="The provider's address, with --token. [default: the card's, or http://localhost:8000]")
@click.option(
    "--order", type=click.Choice(["dmy", "mdy", "ymd"]), help="Order of dates, when the file does not show it."
)
@click.option(
    "--json", "as_json", is_flag=True, help="Print the report as JSON; the progress bar goes to standard error."
)
@click.pass_obj
def upload(
    folder: Path | None,
    file: Path,
    card: Path | None,
    person: str,
    identifier: str | None,
    password: str | None,
    token: str | None,
    issuer: str | None,
    order: Any,
    as_json: bool,
) -> None:
    """Send a LibreView export to the measures API, by the real protocol.

    Signs in as a person of the demo, pairs GlucoLink, agrees on the consents page, then sends the file in batches.
    A reading that is known already is not added twice.
    """
    card = card or (folder or Path("var/demo")) / "demo.json"
    if identifier and not password:
        password = click.prompt("Password", hide_input=True, err=True)
    with _said_plainly():
        if token:
            report = asyncio.run(_upload(file, order, _Bearer(token, issuer or _issuer(card))))
        else:
            report = asyncio.run(_upload(file, order, _Person(_card(card), person, identifier, password)))
    if as_json:
        click.echo(json.dumps({"file": file.name, **report}, ensure_ascii=False, indent=2))
        return
    click.echo(
        f"{file.name}: {report['total']} readings: {report['added']} added, {report['known']} known already, "
        f"{report['refused']} refused. {report['unread']} lines not read, {report['aside']} other lines."
    )
    for reason, count in report["reasons"].items():
        click.echo(f"  {count} × {reason}")


@sandbox.command("sample")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="The file to write.")
@click.option("--days", type=click.IntRange(1, 366), default=DAYS, show_default=True, help="How many days.")
@click.option(
    "--until",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The day after the last one (the demo's clock may be ahead). [default: today]",
)
@click.option("--force", is_flag=True, help="Write over a file that exists.")
def write_sample(out: Path, days: int, until: Any, force: bool) -> None:
    """Write a made-up LibreView export: a reading every 15 minutes, scans, strips, meals."""
    if out.exists() and not force:
        raise click.ClickException(f"{out} exists: choose another name, or add --force")
    last: date = until.date() if until else fresh_sample.today(SystemClock().now())
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(made_up(first_day=last - timedelta(days=days), days=days).encode("utf-8-sig"))
    click.echo(f"{out}: {days} days until {last - timedelta(days=1)}. Send it with: espace sandbox upload {out}")


@dataclass(frozen=True, slots=True)
class _Bearer:
    """Someone who has an access token already."""

    token: str
    issuer: str

    async def courier(self, http: httpx2.AsyncClient) -> Courier:
        clock = SystemClock()
        settings = GlucoLinkSettings(self.issuer.rstrip("/"), "", None, Path("."))
        return Courier(Provider(settings, http, clock), Tokens(self.token, clock.now(), None, "", None, None))


@dataclass(frozen=True, slots=True)
class _Person:
    """Someone of the demo, who signs in and agrees."""

    card: dict[str, Any]
    key: str
    identifier: str | None
    password: str | None

    async def courier(self, http: httpx2.AsyncClient) -> Courier:
        known = {"identifier": self.identifier, "password": self.password}
        told = {name: value for name, value in known.items() if value}
        clock = _DemoTime(await _ahead(http, self.card))
        return await Courier.linked(self.card, self.key, http, clock, told)


async def _upload(file: Path, order: Any, who: _Bearer | _Person) -> dict[str, Any]:
    async with httpx2.AsyncClient(trust_env=False, timeout=60) as http:
        with _bar() as bar:
            task = bar.add_task("linking", total=None)
            courier = await who.courier(http)

            async def told(progress: job.Progress) -> None:
                done = progress.added + progress.known + progress.refused
                bar.update(task, description="sending", total=progress.total, completed=done)

            progress = await courier.carry(file, order, told)
    return {
        "total": progress.total,
        "added": progress.added,
        "known": progress.known,
        "refused": progress.refused,
        "unread": progress.unread,
        "aside": progress.aside,
        "reasons": progress.told(),
    }


def _card(file: Path) -> dict[str, Any]:
    try:
        card: dict[str, Any] = msgspec.json.decode(file.read_bytes(), type=dict[str, Any])
    except OSError as error:
        raise Lost(
            f"{file}: {error.strerror}. Start the demo first (make demo), or name its card with --demo"
        ) from error
    except msgspec.MsgspecError as error:
        raise Lost(f"{file} is not the demo's card") from error
    return card


def _issuer(file: Path) -> str:
    return str(_card(file)["issuer"]) if file.exists() else "http://localhost:8000"


async def _ahead(http: httpx2.AsyncClient, card: dict[str, Any]) -> timedelta:
    """How far the demo's clock is ahead of this machine's: what we sign must be dated as they date it."""
    try:
        answer = await http.get(card["clock"], headers={"accept": "application/json"})
        return timedelta(seconds=answer.raise_for_status().json()["ahead_seconds"])
    except (httpx2.HTTPError, KeyError, ValueError) as error:
        raise Unreachable(f"{card.get('clock')}: {type(error).__name__}") from error


class _DemoTime(SystemClock):
    """The demo's time, as told when the command began."""

    def __init__(self, ahead: timedelta) -> None:
        self._ahead = ahead

    def now(self) -> datetime:
        return super().now() + self._ahead


def _bar() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
    )


@contextlib.contextmanager
def _said_plainly() -> Iterator[None]:
    """Every trouble as one line that says what to do; the command then ends with 1."""
    try:
        yield
    except NotLibreView as error:
        advice = " (--order tells it)" if "ordre des dates" in str(error) else ""
        raise click.ClickException(f"{error}{advice}") from error
    except Refused as refused:
        advice = _ADVICE.get(refused.code, refused.said or "see the log of the provider")
        raise click.ClickException(f"refused with {refused.status} {refused.code}: {advice}") from refused
    except Unreachable as error:
        raise click.ClickException(
            f"the provider does not answer as expected ({error}): is the demo running?"
        ) from error
    except (Lost, Mistrust) as error:
        raise click.ClickException(str(error)) from error
