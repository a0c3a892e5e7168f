"""Settings are read from a file and the environment, and what is wrong is told by name."""

from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from kit.settings import BadSettings, load


class Inner(msgspec.Struct, frozen=True):
    wait: timedelta = timedelta(seconds=1)
    names: tuple[str, ...] = ()


class Outer(msgspec.Struct, frozen=True):
    inner: Inner = Inner()
    other: Inner | None = None
    count: int = 1
    on: bool = False


def test_defaults_stand_when_nothing_is_said() -> None:
    assert load(Outer, environ={}) == Outer()


def test_the_file_changes_the_defaults_and_the_environment_the_file(tmp_path: Path) -> None:
    file = tmp_path / "espace.toml"
    file.write_text('count = 2\non = true\n[inner]\nwait = "PT2S"\n')
    read = load(Outer, file=file, environ={"ESPACE_COUNT": "3"})
    assert read == Outer(Inner(timedelta(seconds=2)), None, 3, True)


def test_a_list_is_written_with_commas_even_when_it_holds_one_thing() -> None:
    assert load(Outer, environ={"ESPACE_INNER__NAMES": "a"}).inner.names == ("a",)
    assert load(Outer, environ={"ESPACE_INNER__NAMES": "a, b,"}).inner.names == ("a", "b")


def test_a_section_that_may_be_absent_is_read_too() -> None:
    read = load(Outer, environ={"ESPACE_OTHER__WAIT": "PT5S"})
    assert read.other == Inner(timedelta(seconds=5))


def test_other_variables_are_left_alone() -> None:
    assert load(Outer, environ={"HOME": "/", "COUNT": "9"}) == Outer()


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({"ESPACE_CONT": "1"}, "cont: no such setting (did you mean count?)"),
        ({"ESPACE_INNER__WIAT": "1"}, "inner.wiat: no such setting (did you mean inner.wait?)"),
        ({"ESPACE_INNER__DEEPER__WAIT": "1"}, "inner.deeper: no such setting"),
        ({"ESPACE_INNER": "1"}, "inner: a section, not a value"),
        ({"ESPACE_COUNT": "many"}, "count: Expected `int`, got `str`"),
        ({"ESPACE_INNER__WAIT": "soon"}, "inner.wait: Invalid ISO8601 duration"),
        ({"ESPACE_COUNT": "1", "ESPACE_COUNT__X": "2"}, "count.x: count is a value, not a section"),
    ],
)
def test_what_is_wrong_is_told_by_name(environ: dict[str, str], words: str) -> None:
    with pytest.raises(BadSettings) as told:
        load(Outer, environ=environ)
    assert str(told.value) == words


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match="nowhere"):
        load(Outer, file=tmp_path / "nowhere.toml", environ={})
    broken = tmp_path / "broken.toml"
    broken.write_text("count = = 1")
    with pytest.raises(BadSettings, match="broken"):
        load(Outer, file=broken, environ={})
