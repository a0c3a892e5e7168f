"""The identifier and the password that a person chooses."""

import pytest

from idp.accounts import identifiers, passwords, vitale

GOOD = "Espace-Sante-2026!"


@pytest.mark.rule("R027")
def test_seven_characters_are_too_short_for_an_identifier_and_eight_will_do() -> None:
    assert identifiers.wrong("inaya.m") == identifiers.TOO_SHORT
    assert identifiers.wrong("inaya.mi") is None


@pytest.mark.rule("R028")
@pytest.mark.parametrize("typed", ["inaya.michel@example.org", "a@b.c", "inaya@home1"])
def test_an_identifier_is_no_email_address(typed: str) -> None:
    assert identifiers.wrong(typed) == identifiers.AN_EMAIL


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", identifiers.MISSING),
        ("   ", identifiers.MISSING),
        ("x" * 65, identifiers.TOO_LONG),
        ("inaya michel", identifiers.OTHER_CHARACTERS),
        ("inaya<script>", identifiers.OTHER_CHARACTERS),
        ("inaya\u202emichel", identifiers.OTHER_CHARACTERS),
        ("2680475999097", identifiers.A_NIR),
        ("268047599909742", identifiers.A_NIR),
    ],
)
def test_other_identifiers_are_refused_with_their_own_words(typed: str, words: str) -> None:
    assert identifiers.wrong(typed) == words


def test_an_identifier_is_the_same_whatever_its_capitals() -> None:
    assert identifiers.key(" Inaya.Michel ") == identifiers.key("inaya.michel")
    assert identifiers.key("ele\u0301onore") == identifiers.key("\u00e9l\u00e9onore".replace("\u00e9l", "el"))
    assert identifiers.wrong("éléonore") is None


@pytest.mark.rule("R029")
@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("Aa1!xyz", (passwords.TOO_SHORT,)),
        ("espace-sante-2026!", (passwords.NO_UPPER,)),
        ("ESPACE-SANTE-2026!", (passwords.NO_LOWER,)),
        ("Espace-Sante-Deux!", (passwords.NO_DIGIT,)),
        ("EspaceSante2026", (passwords.NO_SPECIAL,)),
        ("aaaaaaaa", (passwords.NO_UPPER, passwords.NO_DIGIT, passwords.NO_SPECIAL)),
        ("", (passwords.MISSING,)),
        ("Aa1!" * 33, (passwords.TOO_LONG,)),
        ("Espace-Sante-\x01-2026!", (passwords.NOT_WRITABLE,)),
    ],
)
def test_each_thing_a_password_lacks_has_its_own_words(password: str, words: tuple[str, ...]) -> None:
    found = passwords.lacks(password, "inaya.michel")
    assert set(words) <= set(found)
    assert len(found) == len(words) or passwords.TOO_COMMON in found


@pytest.mark.rule("R029")
def test_a_good_password_lacks_nothing() -> None:
    assert passwords.lacks(GOOD, "gabrielle.capanelli") == ()
    assert passwords.lacks("Canard-Bleu-Pont-42" + "x" * 109, "gabrielle.capanelli") == ()  # 128 characters
    assert passwords.lacks("Été-à-Paris-75", "inaya.michel") == ()


@pytest.mark.parametrize("password", ["Inaya.Michel-1!", "x1!INAYA.MICHELx"])
def test_a_password_does_not_hold_the_identifier(password: str) -> None:
    assert passwords.HOLDS_IDENTIFIER in passwords.lacks(password, "inaya.michel")


@pytest.mark.parametrize("password", ["P@ssw0rd", "1QAZ!qaz", "!qaz2WSX"])
def test_a_password_among_the_most_common_is_refused_whatever_its_capitals(password: str) -> None:
    assert passwords.lacks(password, "inaya.michel") == (passwords.TOO_COMMON,)


@pytest.mark.parametrize("password", ["Password1!", "Azerty123!", "Aa1!Aa1!Aa1!"])
def test_a_password_that_habit_would_guess_is_refused(password: str) -> None:
    assert passwords.lacks(password, "inaya.michel") == (passwords.TOO_EASY,)


def test_the_list_of_common_passwords_has_ten_thousand() -> None:
    assert len(passwords.common()) == 10_000
    assert {"123456", "password", "azerty"} <= passwords.common()
    assert not any(line.startswith("# ") for line in passwords.common())


def test_a_serial_number_is_digits_with_or_without_spaces() -> None:
    assert vitale.parse(" 12 3456 7890 ") == "1234567890"
    for wrong in ("", "123456789", "1" * 22, "12345A7890"):
        with pytest.raises(vitale.NotASerial):
            vitale.parse(wrong)
