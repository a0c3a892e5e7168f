"""The floors of the house: imports only go down, never to a neighbour; files stay small; packages stay empty."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

FLOORS: tuple[tuple[str, ...], ...] = (
    ("service",),
    ("portal", "sandbox"),
    ("idp",),
    ("dossier",),
    ("consent",),
    ("clients", "keys", "notices"),
    ("kit",),
)
"""From the top down, as in docs/architecture.md. Two names on one floor are neighbours: they do not know each other."""

PACKAGES = tuple(name for floor in FLOORS for name in floor)
LEVEL = {name: level for level, floor in enumerate(FLOORS) for name in floor}
MOST_LINES = 400


def files() -> list[Path]:
    """Every Python file of the product."""
    return sorted(file for package in PACKAGES for file in (ROOT / package).rglob("*.py"))


def module_of(file: Path) -> str:
    """The dotted name of a file."""
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(file: Path) -> Iterator[tuple[int, str]]:
    """Every module that a file imports, with its line; `from a import b` counts as `a.b` when that is a module."""
    for node in ast.walk(ast.parse(file.read_text(), str(file))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                path = ROOT.joinpath(*whole.split("."))
                yield node.lineno, whole if path.is_dir() or path.with_suffix(".py").exists() else node.module
        elif isinstance(node, ast.ImportFrom):
            yield node.lineno, f"{module_of(file)}: relative"


def may_import(importer: str, target: str) -> bool:
    """True when package `importer` stands above package `target`, or is the same."""
    return importer == target or LEVEL[importer] < LEVEL[target]


def test_imports_only_go_down() -> None:
    wrong = [
        f"{file.relative_to(ROOT)}:{line} imports {name}"
        for file in files()
        for line, name in imported(file)
        if (target := name.partition(".")[0]) in LEVEL and not may_import(file.relative_to(ROOT).parts[0], target)
    ]
    assert not wrong, "\n".join(wrong)


def test_imports_are_absolute() -> None:
    wrong = [f"{file.relative_to(ROOT)}:{line}" for file in files() for line, name in imported(file) if " " in name]
    assert not wrong, "\n".join(wrong)


def test_the_product_imports_no_test_and_no_tool() -> None:
    wrong = [
        f"{file.relative_to(ROOT)}:{line} imports {name}"
        for file in files()
        for line, name in imported(file)
        if name.partition(".")[0] in {"tests", "tools", "bench"}
    ]
    assert not wrong, "\n".join(wrong)


def test_packages_are_empty_rooms() -> None:
    full = [str(file.relative_to(ROOT)) for file in files() if file.name == "__init__.py" and file.read_text().strip()]
    assert not full


def test_each_folder_of_the_product_is_a_package() -> None:
    bare = sorted(
        {str(file.parent.relative_to(ROOT)) for file in files() if not (file.parent / "__init__.py").exists()}
    )
    assert not bare


def test_files_have_one_name() -> None:
    others = sorted(file for folder in ("tests", "tools", "bench") for file in (ROOT / folder).rglob("*.py"))
    long = [
        f"{file.relative_to(ROOT)}: {count} lines"
        for file in [*files(), *others]
        if (count := len(file.read_text().splitlines())) > MOST_LINES
    ]
    assert not long, "\n".join(long)


def test_no_module_imports_itself_through_others() -> None:
    graph = {module_of(file): {name for _, name in imported(file)} for file in files()}
    done: set[str] = set()

    def walk(module: str, path: tuple[str, ...]) -> None:
        if module in path:
            pytest.fail("a cycle: " + " → ".join((*path[path.index(module) :], module)))
        if module in done or module not in graph:
            return
        for deeper in sorted(graph[module]):
            walk(deeper, (*path, module))
        done.add(module)

    for module in sorted(graph):
        walk(module, ())


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_of_the_table_exists(package: str) -> None:
    assert (ROOT / package / "__init__.py").exists()
