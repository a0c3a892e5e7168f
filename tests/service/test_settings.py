"""What a deployment may choose, and what it may not."""

import base64
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from idp.registration.settings import RegistrationSettings
from idp.settings import IdpSettings
from keys.settings import KeySettings, Pkcs11Settings
from kit.fetch import FetchSettings
from kit.settings import BadSettings
from service.settings import DatabaseSettings, ServerSettings, Settings, check, faults, read
from tools import settings as page

KEY = base64.b64encode(bytes(32)).decode()


def test_the_usual_variables_of_hosts_are_understood() -> None:
    chosen = read(environ={"DATABASE_URL": "postgresql://db/espace", "PORT": "9000"})
    assert chosen.database.url == "postgresql://db/espace"
    assert chosen.server.port == 9000


def test_our_own_variable_wins_over_the_usual_one() -> None:
    assert read(environ={"PORT": "9000", "ESPACE_SERVER__PORT": "9001"}).server.port == 9001


def test_the_variables_of_the_tests_are_no_settings() -> None:
    assert read(environ={"ESPACE_TEST_POSTGRES": "postgresql://db/x"}) == Settings()


def test_a_file_can_be_named_by_the_environment(tmp_path: Path) -> None:
    file = tmp_path / "espace.toml"
    file.write_text('issuer = "https://id.example.org"\n[idp]\ncode_lifetime = "PT30S"\n')
    chosen = read(environ={"ESPACE_CONFIG": str(file)})
    assert (chosen.issuer, chosen.idp.code_lifetime.total_seconds()) == ("https://id.example.org", 30)


def _keys(**keys: Any) -> Settings:
    return Settings(master_key=KEY, keys=KeySettings(**keys))


def _far(**outside: Any) -> Settings:
    return Settings(issuer="https://id.example.org", master_key=KEY, outside=FetchSettings(**outside))


def test_a_safe_deployment_has_no_fault() -> None:
    check(Settings(issuer="https://id.example.org", master_key=KEY))
    check(Settings(issuer="http://localhost:8000", master_key=KEY))
    check(Settings(issuer="http://localhost:8000", master_key=KEY, outside=FetchSettings(loopback=True)))
    check(_far(allowed_networks=("10.1.0.0/16", "fd00::/8")))


def _open(**chosen: Any) -> Settings:
    idp = IdpSettings(registration=RegistrationSettings(**chosen))
    return Settings(issuer="https://id.example.org", master_key=KEY, idp=idp)


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        (Settings(issuer="http://id.example.org", master_key=KEY), "issuer: http is only for this machine"),
        (Settings(issuer="id.example.org", master_key=KEY), "issuer: an https address is needed"),
        (Settings(issuer="https://id.example.org/", master_key=KEY), "issuer: no path, no final slash"),
        (Settings(issuer="https://id.example.org?x=1", master_key=KEY), "issuer: no path"),
        (Settings(), "master_key_file: missing"),
        (Settings(master_key="c2hvcnQ="), "master_key: at least 32 bytes"),
        (Settings(master_key="é" * 50), "master_key: not base64"),
        (Settings(master_key_file="/nowhere/at/all"), "master_key_file: /nowhere/at/all"),
        (Settings(master_key=KEY, database=DatabaseSettings(url="mysql://x")), "database.url: sqlite:///FILE or"),
        (Settings(master_key=KEY, limits_url="memcached://x"), "limits_url: memory:// or redis"),
        (Settings(master_key=KEY, server=ServerSettings(workers=2)), "limits_url: several workers"),
        (Settings(master_key=KEY, server=ServerSettings(port=0)), "server.port: between"),
        (Settings(master_key=KEY, server=ServerSettings(trusted_proxies=("nginx",))), "server.trusted_proxies: nginx"),
        (_keys(algorithms=("RS256",)), "keys.algorithms: ES256 comes first"),
        (_keys(algorithms=("ES256", "HS256")), "keys.algorithms: HS256 is not one of"),
        (_keys(encryption=("RSA1_5",)), "keys.encryption: RSA1_5 is not one of"),
        (_keys(announce_for=timedelta(hours=1)), "keys.announce_for: longer than others may cache"),
        (
            _keys(pkcs11=Pkcs11Settings(module="/nowhere.so", pin_file=__file__)),
            "keys.pkcs11.module: /nowhere.so is not",
        ),
        (_keys(pkcs11=Pkcs11Settings(module=__file__)), "keys.pkcs11.pin_file: nothing is not a file"),
        (_open(open=True, status="referenced"), "idp.registration.status: candidate"),
        (_open(profile="lax"), "idp.registration.profiles: lax is not a profile"),
        (_open(profiles=("compat",)), "idp.registration.profiles: compat is not served"),
        (_open(loopback=True), "idp.registration.loopback: only for a provider on this machine"),
        (_open(software_issuers=("https://a.example",)), "idp.registration.software_issuers: https://a.example: write"),
        (_open(software_issuers=("https://a.example=/nowhere",)), "idp.registration.software_issuers: /nowhere is"),
        (_open(scope="everything"), "idp.registration.scope: unknown scope"),
        (
            Settings(issuer="https://id.example.org", master_key=KEY, idp=IdpSettings(profiles=("standard",))),
            "idp.profiles: standard is not an optional profile",
        ),
        (_far(loopback=True), "outside.loopback: only for a provider on this machine"),
        (_far(allowed_networks=("intranet",)), "outside.allowed_networks: intranet"),
        (_far(ca_file="/nowhere/at/all"), "outside.ca_file: /nowhere/at/all"),
    ],
)
def test_an_unsafe_value_is_refused_by_its_name(settings: Settings, name: str) -> None:
    told = [*faults(settings)]
    assert len(told) == 1
    assert told[0].startswith(name)
    with pytest.raises(BadSettings):
        check(settings)


def test_every_fault_is_told_at_once() -> None:
    assert len([*faults(Settings(issuer="http://a.example", limits_url="x"))]) == 3


def test_no_setting_turns_the_demo_on() -> None:
    assert "demo" not in page.page().lower().replace("demon", "")


def test_the_page_of_settings_is_true() -> None:
    assert page.PAGE.read_text() == page.page(), "python tools/settings.py writes it again"


def test_every_setting_says_what_it_is() -> None:
    silent = [line for line in page.page().splitlines() if line.startswith("| `") and line.endswith("|  |")]
    assert not silent
