"""What deployments run is what the tests run, and what it says is what the program understands."""

import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from service.cli import COMMANDS
from service.settings import check, faults, read

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return found


def test_the_compose_file_has_every_part(compose: dict[str, Any]) -> None:
    assert set(compose["services"]) == {
        "migrate", "provider", "worker", "postgres", "valkey", "store", "nginx", "mail",
    }  # fmt: skip


def test_its_commands_are_those_of_the_tests(compose: dict[str, Any]) -> None:
    proved = (ROOT / "tests" / "service" / "test_commands.py").read_text()
    for name in ("migrate", "provider", "worker"):
        (command,) = compose["services"][name]["command"]
        assert command in COMMANDS
        assert f'"{command}"' in proved


def test_its_settings_are_understood_and_safe(compose: dict[str, Any], tmp_path: Path) -> None:
    key = tmp_path / "master.key"
    key.write_text("A" * 44)
    environ = {name: str(value) for name, value in compose["services"]["provider"]["environment"].items()}
    settings = read(environ=environ | {"ESPACE_MASTER_KEY_FILE": str(key)})
    check(settings)
    assert not settings.server.background


def test_the_example_of_production_is_understood_and_safe(tmp_path: Path) -> None:
    key = tmp_path / "master.key"
    key.write_text("A" * 44)
    lines = (ROOT / "deploy" / "espace.env.example").read_text().splitlines()
    environ = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    assert [*faults(read(environ=environ | {"ESPACE_MASTER_KEY_FILE": str(key)}))] == []


def test_the_image_holds_every_package_and_runs_as_nobody() -> None:
    said = (ROOT / "Dockerfile").read_text()
    packages = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"][
        "packages"
    ]
    copied = set(re.findall(r"^COPY ([a-z]+)/ ", said, flags=re.M))
    assert {*packages, "templates", "static", "migrations"} <= copied
    assert re.search(r"^USER (?!root)", said, flags=re.M)
    assert "--require-hashes" in said


@pytest.mark.parametrize("unit", ["espace", "espace-worker", "espace-migrate"])
def test_the_units_start_commands_that_exist(unit: str) -> None:
    said = (ROOT / "deploy" / "systemd" / f"{unit}.service").read_text()
    started = re.search(r"^ExecStart=\S+/espace (\w+)$", said, flags=re.M)
    assert started
    assert started[1] in COMMANDS
    for line in ("NoNewPrivileges=yes", "ProtectSystem=strict", "LoadCredential=master.key", "User=espace"):
        assert line in said


def test_the_reverse_proxy_hides_what_it_must() -> None:
    said = (ROOT / "deploy" / "nginx" / "espace.conf").read_text()
    browsers, _, machines = said.partition("listen 9443")
    assert "ssl_verify_client" not in browsers
    assert 'proxy_set_header X-Client-Certificate "";' in browsers
    assert "ssl_verify_client optional_no_ca;" in machines
    assert "$request_uri" not in said
    assert "$args" not in said
    common = (ROOT / "deploy" / "nginx" / "proxy.conf").read_text()
    assert "proxy_set_header X-Forwarded-For $remote_addr;" in common


def test_nginx_accepts_the_configuration(tmp_path: Path) -> None:
    if not (shutil.which("nginx") and shutil.which("openssl")):
        return  # nothing of ours needs nginx; where it is there, it is asked
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1",
         "-subj", "/CN=localhost", "-keyout", tmp_path / "server.key", "-out", tmp_path / "server.crt"],
        check=True, capture_output=True,
    )  # fmt: skip
    said = (ROOT / "deploy" / "nginx" / "espace.conf").read_text()
    shutil.copy(tmp_path / "server.crt", tmp_path / "clients.crt")
    said = said.replace("/etc/nginx/tls", str(tmp_path)).replace("provider:8000", "127.0.0.1:8000")
    said = said.replace("/etc/nginx/proxy.conf", str(ROOT / "deploy" / "nginx" / "proxy.conf"))
    whole = f"pid {tmp_path}/pid;\nerror_log stderr;\nevents {{}}\nhttp {{\n{said}\n}}\n"
    (tmp_path / "nginx.conf").write_text(whole)
    done = subprocess.run(["nginx", "-t", "-c", tmp_path / "nginx.conf"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
