"""Files made by others: fetch them (`sync`, with npm) or check that they are what was fetched (`verify`, offline).

`vendor.toml` says which package, version, integrity and files; `vendor.lock` keeps the digest of every file written.
The sprite holds the icons whose names templates write, and those listed in `more`.
"""

import base64
import hashlib
import json
import re
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "vendor.lock"
NOTICE = ROOT / "THIRD_PARTY.md"
ICON_CALL = re.compile(r"""\bicon(?:_name|_after)?(?:\(|=|["']:\s*)\s*["']([a-z][a-z0-9-]*)["']""")
ICON_TABLE = re.compile(r"""\bicon\(\{([^}]*)\}|\bdrawing = \{([^}]*)\}""")
SVG = "{http://www.w3.org/2000/svg}"


def packages() -> list[dict[str, Any]]:
    """What `vendor.toml` lists."""
    found: list[dict[str, Any]] = tomllib.loads((ROOT / "vendor.toml").read_text())["package"]
    return found


def icons_used() -> set[str]:
    """Names of icons that templates write."""
    names: set[str] = set()
    for file in (ROOT / "templates").rglob("*.html"):
        text = file.read_text()
        names.update(ICON_CALL.findall(text))
        for pair in ICON_TABLE.findall(text):
            names.update(re.findall(r':\s*"([a-z0-9-]+)"', "".join(pair)))
    return names


def icons_wanted(package: dict[str, Any]) -> list[str]:
    """Names the sprite must hold."""
    return sorted(icons_used() | set(package["sprite"]["more"]))


def fetch(package: dict[str, Any], folder: Path) -> Path:
    """The package's archive, its integrity checked. SystemExit when it is not the one expected."""
    wanted = f"{package['name']}@{package['version']}"
    subprocess.run(["npm", "pack", wanted, "--silent"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    archive = max(folder.glob("*.tgz"), key=lambda file: file.stat().st_mtime_ns)
    digest = "sha512-" + base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if digest != package["integrity"]:
        sys.exit(f"{wanted}: integrity is {digest}, expected {package['integrity']}")
    return archive


def symbol(name: str, drawing: bytes) -> str:
    """One icon as a `<symbol>` of the sprite: its shapes only; line width and colour come from the style sheet."""
    root = ET.fromstring(drawing)  # noqa: S314  the archive's integrity was checked
    shapes = []
    for shape in root:
        attributes = "".join(f' {key}="{value}"' for key, value in shape.attrib.items())
        shapes.append(f"<{shape.tag.removeprefix(SVG)}{attributes}/>")
    return f'<symbol id="{name}" viewBox="0 0 24 24">{"".join(shapes)}</symbol>'


def sync() -> None:
    """Fetch everything, write the files, the sprite, the lock and THIRD_PARTY.md."""
    written: dict[str, str] = {}

    def write(path: str, body: bytes) -> None:
        target = ROOT / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(body)
        written[path] = hashlib.sha256(body).hexdigest()

    for package in packages():
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            with tarfile.open(fetch(package, folder)) as archive:
                archive.extractall(folder, filter="data")
            inside = folder / "package"
            for source, target in package["files"].items():
                write(target, (inside / source).read_bytes())
            if "sprite" in package:
                sprite = package["sprite"]
                symbols = [
                    symbol(icon, (inside / sprite["folder"] / f"{icon}.svg").read_bytes())
                    for icon in icons_wanted(package)
                ]
                text = '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"
                write(sprite["into"], text.encode())
        print(f"{package['name']} {package['version']}")
    LOCK.write_text(json.dumps(written, indent=1, sort_keys=True) + "\n")
    NOTICE.write_text(notice())


def notice() -> str:
    """THIRD_PARTY.md: who made what, under which licence, where its text is."""
    lines = [
        "# Made by others",
        "",
        "Written by `python tools/vendor.py sync` from `vendor.toml`. Python libraries are in `requirements/`.",
        "",
        "| What | Version | Licence | Its text | For |",
        "|---|---|---|---|---|",
    ]
    for package in packages():
        text = next(target for target in package["files"].values() if "LICENSE" in target)
        cells = (package["name"], package["version"], package["licence"], f"[{text}]({text})", package["purpose"])
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def verify() -> list[str]:
    """What is wrong with the committed files; empty when all is well. Needs no network."""
    wrong: list[str] = []
    lock: dict[str, str] = json.loads(LOCK.read_text())
    expected = {target for package in packages() for target in package["files"].values()}
    expected |= {package["sprite"]["into"] for package in packages() if "sprite" in package}
    wrong += [f"{path}: not in vendor.lock, run sync" for path in sorted(expected - lock.keys())]
    wrong += [f"{path}: no longer in vendor.toml, run sync" for path in sorted(lock.keys() - expected)]
    for path, digest in lock.items():
        file = ROOT / path
        if not file.is_file():
            wrong.append(f"{path}: missing")
        elif hashlib.sha256(file.read_bytes()).hexdigest() != digest:
            wrong.append(f"{path}: is not what was fetched")
    for package in packages():
        if "sprite" in package:
            held = set(re.findall(r'<symbol id="([a-z0-9-]+)"', (ROOT / package["sprite"]["into"]).read_text()))
            wrong += [f"icon {name}: not in the sprite, run sync" for name in icons_wanted(package) if name not in held]
    if not NOTICE.is_file() or NOTICE.read_text() != notice():
        wrong.append("THIRD_PARTY.md: out of date, run sync")
    return wrong


def main() -> int:
    """`sync` or `verify`; the exit status says whether all is well."""
    match sys.argv[1:]:
        case ["sync"]:
            sync()
        case ["verify"]:
            pass
        case _:
            print("usage: python tools/vendor.py sync|verify")
            return 2
    wrong = verify()
    for line in wrong:
        print(line)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
