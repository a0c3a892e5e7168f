"""The checks of `make check` that no ready-made tool does alone: floors, templates, words, papers, known weaknesses.

`python tools/check.py [name…]` runs some of them; without a name, all.
"""

import io
import json
import re
import subprocess
import sys
import tempfile
import tokenize
from collections.abc import Callable, Iterator
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, TemplateSyntaxError

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
TEMPLATES = ROOT / "templates"

PROSE = ("*.md", "docs/**/*.md", "bench/*.md")
CODE = (
    "kit",
    "keys",
    "notices",
    "clients",
    "consent",
    "idp",
    "dossier",
    "portal",
    "sandbox",
    "service",
    "tools",
    "tests",
)


def floors() -> Iterator[str]:
    """Imports only go down (tests/test_floors.py says the rest)."""
    done = _run("pytest", "-q", "--no-header", "-p", "no:cacheprovider", "tests/test_floors.py")
    if done.returncode:
        yield done.stdout


def templates() -> Iterator[str]:
    """Templates parse, lint clean, and run nothing that the policy of pages forbids."""
    environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True)
    for file in sorted(TEMPLATES.rglob("*.html")) + sorted(TEMPLATES.rglob("*.txt")):
        where, text = file.relative_to(ROOT), file.read_text()
        try:
            environment.parse(text, filename=str(where))
        except TemplateSyntaxError as error:
            yield f"{where}:{error.lineno}: {error.message}"
        if file.suffix == ".html":
            yield from (f"{where}: {fault}" for fault in _unsafe(text))
    done = _run("djlint", "templates", "--lint", "--quiet")
    if done.returncode:
        yield done.stdout


def _unsafe(text: str) -> Iterator[str]:
    bare = re.sub(r"{#.*?#}", "", text, flags=re.S)
    if found := re.search(r"<[^>]*\son[a-z]+\s*=", bare):
        yield f"an inline handler: {found[0][:60]}"
    if found := re.search(r"<[^>{]*\sstyle\s*=", bare):
        yield f"an inline style: {found[0][:60]}"
    if found := re.search(r"<(?:script|link|img|iframe)[^>]*\s(?:src|href)\s*=\s*[\"'](?:https?:)?//", bare):
        yield f"a file of somebody else's: {found[0][:80]}"
    if re.search(r"<script(?![^>]*(?:nonce|src|application/json))[^>]*>", bare):
        yield "a script without its nonce"
    if found := re.search(r"\|\s*safe\b", bare):
        yield "text marked safe: build Markup in Python, where it can be seen"
    for form in re.findall(r"<form\b[^>]*method\s*=\s*[\"']?post.*?</form>", bare, flags=re.S | re.I):
        if "csrf_field" not in form and "data-to-app" not in form:  # our mark is for our own addresses alone
            yield "a form without its csrf_field()"


def spelling() -> Iterator[str]:
    """English prose, comments and docstrings are spelled right (French words and names are in tools/words.txt)."""
    with tempfile.TemporaryDirectory() as folder:
        for file in (file for package in CODE for file in (ROOT / package).rglob("*.py")):
            _copy(file, Path(folder), _said(file.read_text()))
        for file in (file for pattern in PROSE for file in ROOT.glob(pattern)):
            _copy(file, Path(folder), file.read_text())
        done = _run("codespell", "--ignore-words", "tools/words.txt", folder)
        yield from done.stdout.replace(f"{folder}/", "").splitlines()


def _copy(file: Path, folder: Path, text: str) -> None:
    target = folder / file.relative_to(ROOT)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text)


def _said(source: str) -> str:
    """Comments and docstrings alone, on their own lines: other strings are French, or data."""
    lines = [""] * (source.count("\n") + 1)
    statement = True
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT or (token.type == tokenize.STRING and statement):
            for offset, line in enumerate(token.string.splitlines()):
                lines[token.start[0] - 1 + offset] += line
        if token.type not in {tokenize.COMMENT, tokenize.NL}:
            statement = token.type in {tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING}
    return "\n".join(lines)


def terms() -> Iterator[str]:
    """The field's own words are written one way everywhere (tools/terms.txt: how not, how)."""
    pairs = []
    for line in (ROOT / "tools" / "terms.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            wrong, _, right = line.partition(" -> ")
            pairs.append((re.compile(wrong), right))
    files = [file for pattern in PROSE for file in ROOT.glob(pattern)]
    files += [file for folder in CODE for file in (ROOT / folder).rglob("*.py")]
    files += [file for suffix in ("html", "txt") for file in TEMPLATES.rglob(f"*.{suffix}")]
    for file in sorted(set(files)):
        whole = file.read_text()
        said = _said(whole) if file.suffix == ".py" else whole
        for number, text in enumerate(said.splitlines(), 1):
            for wrong, right in pairs:
                if found := wrong.search(text):
                    yield f"{file.relative_to(ROOT)}:{number}: {found[0]!r}: write {right}"


def specs() -> Iterator[str]:
    """Every file that docs/specs.md names exists."""
    for number, line in enumerate((ROOT / "docs" / "specs.md").read_text().splitlines(), 1):
        for name in re.findall(r"`([a-z][\w./-]*\.(?:py|html|js|mjs|md|csv))(?:::\w+)?`", line):
            if not (ROOT / name).exists():
                yield f"docs/specs.md:{number}: {name} does not exist"


def links() -> Iterator[str]:
    """What a page points at in this repository exists."""
    for file in sorted(file for pattern in PROSE for file in ROOT.glob(pattern)):
        for target in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", file.read_text()):
            if not (file.parent / target).exists():
                yield f"{file.relative_to(ROOT)}: {target} does not exist"


def settings() -> Iterator[str]:
    """docs/settings.md says what the settings are."""
    done = _python("tools/settings.py", "--check")
    if done.returncode:
        yield done.stdout + done.stderr


def rules() -> Iterator[str]:
    """Tests name rules that exist."""
    done = _python("tools/rules.py", "--json")
    if done.returncode:
        yield done.stderr


def locks() -> Iterator[str]:
    """Lock files hold versions and digests, and no address: they install from whichever index one has."""
    for file in sorted((ROOT / "requirements").glob("*.lock")):
        text = file.read_text()
        for number, line in enumerate(text.splitlines(), 1):
            if "://" in line or line.startswith(("--index", "--extra", "--find")):
                yield f"requirements/{file.name}:{number}: an address"
        pinned = len(re.findall(r"^[\w.-]+(?:\[[\w,-]+\])?==", text, flags=re.M))
        if pinned == 0 or text.count("--hash=") < pinned:
            yield f"requirements/{file.name}: something is not pinned by digest"


def vendored() -> Iterator[str]:
    """What we carry of others' is what they published."""
    done = _python("tools/vendor.py", "verify")
    if done.returncode:
        yield done.stdout + done.stderr


def weaknesses() -> Iterator[str]:
    """No dependency that we ship has a published weakness, where the advisory source can be asked."""
    done = _run(
        "pip-audit", "--disable-pip", "--require-hashes", "-r", "requirements/run.lock",
        "--format", "json", "--progress-spinner", "off", "--timeout", "15",
    )  # fmt: skip
    try:
        found = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        print("  known weaknesses: not checked, the advisory source cannot be reached from here")
        return
    asked = [package for package in found if "vulns" in package and "skip_reason" not in package]
    if len(asked) < len(found):
        print(
            f"  known weaknesses: {len(asked)} of {len(found)} packages checked; the source here does not know the rest"
        )
    for package in asked:
        for one in package["vulns"]:
            mended = ", ".join(one["fix_versions"]) or "no version yet"
            yield f"{package['name']} {package['version']}: {one['id']}, mended in {mended}"


CHECKS: tuple[Callable[[], Iterator[str]], ...] = (
    floors, templates, spelling, terms, specs, links, settings, rules, locks, vendored, weaknesses,
)  # fmt: skip


def _run(tool: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([BIN / tool, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)


def _python(*arguments: str) -> subprocess.CompletedProcess[str]:
    return _run("python", *arguments)


def main(names: list[str]) -> int:
    """Run the checks; 1 when one of them finds something."""
    wrong = 0
    known = {check.__name__: check for check in CHECKS}
    for name in names or known:
        if name not in known:
            sys.exit(f"{name}: one of {', '.join(known)}")
        found = list(known[name]())
        wrong += len(found)
        print(f"{name}: {'nothing found' if not found else ''}")
        for line in found:
            print(f"  {line.rstrip()}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
