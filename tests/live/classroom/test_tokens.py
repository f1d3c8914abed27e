"""Codes that can be read aloud and hardly guessed, secrets, and nicknames."""

import pytest

from live.classroom import tokens
from live.classroom.guard import Guard
from live.classroom.limits import TOO_MANY_WRONG, TOO_MANY_WRONG_IN_ALL, ClassError
from tests.live.classroom.conftest import Clock


def test_no_two_characters_of_a_code_look_alike():
    for alike in ("B8", "1IL", "0OQD", "S5", "Z2", "UV"):
        assert sum(character in tokens.CHARACTERS for character in alike) <= (2 if alike == "0OQD" else 1)
    assert "0" not in tokens.CHARACTERS
    assert "O" not in tokens.CHARACTERS


def test_the_arithmetic_of_the_codes_is_as_it_is_said():
    assert len(set(tokens.CHARACTERS)) ** tokens.LENGTH == 191_102_976
    an_hour = 60 * 100 / 191_102_976
    assert 1 / an_hour == pytest.approx(31_850, rel=0.01)
    assert 1 / (50 * an_hour) == pytest.approx(637, rel=0.01)


def test_every_code_is_read_as_it_is_and_look_alikes_as_what_they_stand_for():
    for _ in range(100):
        code = tokens.new_code()
        assert tokens.read_code(code) == tokens.read_code(code.lower()) == code
    assert tokens.read_code("b s-z u 77") == "852V77"


def test_a_secret_has_128_bits_and_is_known_by_its_sum_alone():
    secrets = {tokens.new_secret() for _ in range(100)}
    assert len({tokens.hashed(secret) for secret in secrets}) == 100
    for wrong in ("", "short", "x" * 23, "ä" * 22, "x" * 21 + "\n"):
        with pytest.raises(ValueError, match="no secret"):
            tokens.hashed(wrong)


def test_there_are_enough_nicknames_and_none_is_given_twice():
    taken: set[str] = set()
    for _ in range(200):
        taken.add(tokens.new_nickname(taken))
    assert len(taken) == 200
    assert all(name.replace(" ", "").isalpha() and len(name) <= 40 for name in taken)


def test_a_session_may_try_twenty_wrong_codes_a_minute_and_all_together_a_hundred():
    clock = Clock()
    guard = Guard(clock)
    for _ in range(20):
        guard.check("one")
        guard.wrong("one")
    with pytest.raises(ClassError, match=TOO_MANY_WRONG[:20]):
        guard.check("one")
    for number in range(80):
        guard.check(f"session {number}")
        guard.wrong(f"session {number}")
    with pytest.raises(ClassError, match=TOO_MANY_WRONG_IN_ALL[:20]):
        guard.check("another")
    clock.now += 60
    guard.check("one")
