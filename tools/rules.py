"""Business rules and the tests that prove them: `python tools/rules.py [--missing] [--json] [R023 R100-R110 …]`.

The rules are in docs/rules.csv; a test says which one it proves with `@pytest.mark.rule("R023")`.
"""

import argparse
import ast
import csv
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
RULES = ROOT / "docs" / "rules.csv"
TESTS = ROOT / "tests"


@dataclass(frozen=True)
class Rule:
    """One business rule, and how one would see that it holds."""

    id: str
    area: str
    rule: str
    check: str


def rules(file: Path = RULES) -> list[Rule]:
    """Every rule, in the order of the file."""
    with file.open(newline="") as lines:
        return [Rule(**row) for row in csv.DictReader(lines)]


def marked(folder: Path = TESTS) -> dict[str, list[str]]:
    """Rule -> the tests that say they prove it, as `file::test`."""
    found: dict[str, list[str]] = {}
    for file in sorted(folder.rglob("test_*.py")):
        tree = ast.parse(file.read_text(), str(file))
        everywhere = [rule for node in tree.body if isinstance(node, ast.Assign) for rule in _of_module(node)]
        for name, rule in _of_tests(tree, everywhere):
            found.setdefault(rule, []).append(f"{file.relative_to(folder.parent)}::{name}")
    return found


def _of_module(node: ast.Assign) -> Iterator[str]:
    """The rules of `pytestmark = …`."""
    if any(isinstance(target, ast.Name) and target.id == "pytestmark" for target in node.targets):
        yield from _named(node.value)


def _of_tests(tree: ast.Module, everywhere: list[str]) -> Iterator[tuple[str, str]]:
    for node in tree.body:
        inherited = list(everywhere)
        inside: list[ast.stmt] = [node]
        if isinstance(node, ast.ClassDef):
            inherited += [rule for decorator in node.decorator_list for rule in _named(decorator)]
            inside = node.body
        for test in inside:
            if isinstance(test, ast.FunctionDef | ast.AsyncFunctionDef) and test.name.startswith("test"):
                own = [rule for decorator in test.decorator_list for rule in _named(decorator)]
                yield from ((test.name, rule) for rule in dict.fromkeys(inherited + own))


def _named(expression: ast.expr) -> Iterator[str]:
    """The identifiers in every `pytest.mark.rule("…")` of an expression."""
    for call in ast.walk(expression):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "rule":
            yield from (arg.value for arg in call.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str))


def chosen(words: list[str]) -> set[str]:
    """Identifiers from "R023" and "R100-R110". SystemExit when one cannot be read."""
    wanted: set[str] = set()
    for word in words:
        first, _, last = word.upper().partition("-")
        try:
            wanted |= {f"R{number:03}" for number in range(int(first[1:]), int((last or first)[1:]) + 1)}
        except ValueError:
            sys.exit(f"{word}: write R023 or R100-R110")
    return wanted


def main(arguments: list[str] | None = None) -> int:
    """Print the table; 1 when a test names a rule that does not exist."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--missing", action="store_true", help="only the rules without a test")
    parser.add_argument("--json", action="store_true", help="for scripts")
    parser.add_argument("rules", nargs="*", help="R023 or R100-R110; all by default")
    asked = parser.parse_args(arguments)
    known, proofs = rules(), marked()
    wanted = chosen(asked.rules) or {rule.id for rule in known}
    shown = [rule for rule in known if rule.id in wanted and not (asked.missing and rule.id in proofs)]
    if asked.json:
        print(
            json.dumps(
                [{**vars(rule), "tests": proofs.get(rule.id, [])} for rule in shown], ensure_ascii=False, indent=1
            )
        )
    else:
        for rule in shown:
            print(f"{rule.id}  {rule.rule}")
            for test in proofs.get(rule.id, ["— no test yet"]):
                print(f"      {test}")
        proven = sum(1 for rule in known if rule.id in proofs)
        print(f"\n{proven} of {len(known)} rules have a test")
    strangers = sorted(set(proofs) - {rule.id for rule in known})
    for stranger in strangers:
        print(f"{stranger}: no such rule, named by {', '.join(proofs[stranger])}", file=sys.stderr)
    return 1 if strangers else 0


if __name__ == "__main__":
    sys.exit(main())
