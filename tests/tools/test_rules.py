"""The table of rules finds the tests that prove them."""

from pathlib import Path

import pytest

from tools import rules


def test_every_rule_is_read_in_order() -> None:
    known = [rule.id for rule in rules.rules()]
    assert known == [f"R{number:03}" for number in range(1, 180)]


def test_marks_are_found_on_tests_classes_and_modules(tmp_path: Path) -> None:
    folder = tmp_path / "tests"
    folder.mkdir()
    (folder / "test_a.py").write_text(
        'import pytest\npytestmark = [pytest.mark.rule("R001")]\n'
        '@pytest.mark.rule("R002")\n@pytest.mark.rule("R003", "R004")\nasync def test_one(): ...\n'
        "def helper(): ...\n"
        '@pytest.mark.rule("R005")\nclass TestMore:\n    def test_two(self): ...\n'
    )
    found = rules.marked(folder)
    assert found == {
        "R001": ["tests/test_a.py::test_one", "tests/test_a.py::test_two"],
        "R002": ["tests/test_a.py::test_one"],
        "R003": ["tests/test_a.py::test_one"],
        "R004": ["tests/test_a.py::test_one"],
        "R005": ["tests/test_a.py::test_two"],
    }


def test_a_choice_is_read() -> None:
    assert rules.chosen(["r023", "R100-R102"]) == {"R023", "R100", "R101", "R102"}


def test_a_choice_that_cannot_be_read_is_told() -> None:
    with pytest.raises(SystemExit, match="R100-R110"):
        rules.chosen(["rule one"])


def test_no_test_names_a_rule_that_does_not_exist(capsys: pytest.CaptureFixture[str]) -> None:
    assert rules.main(["--json"]) == 0, capsys.readouterr().err
