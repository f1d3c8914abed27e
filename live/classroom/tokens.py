"""Codes, secrets and nicknames.

A code has six of 24 characters: there are 191,102,976. With at most 100 wrong codes a minute on a server (`guard.py`),
an hour of guessing finds one certain class with a chance of 1 in 32,000, and one of fifty with 1 in 640. It
would find a seat with a nickname, nothing else: what only the teacher can do takes a secret of 128 bits.
"""

import hashlib
import re
import secrets

# Of B and 8, I, L and 1, O and 0, S and 5, U and V, Z and 2: one or none. No vowels, so that no code is a word.
CHARACTERS = "23456789CDFGHJKMNPQRTVWX"
LENGTH = 6
TAKEN_FOR = str.maketrans("BSZU", "852V")  # what somebody types who has misread a code
SECRET = re.compile(r"[A-Za-z0-9_-]{22}")

ADJECTIVES = (
    "Able", "Amber", "Bold", "Brave", "Bright", "Busy", "Calm", "Clever", "Curious", "Daring", "Eager", "Early", "Fair",
    "Fast", "Fine", "Gentle", "Glad", "Golden", "Grand", "Happy", "Honest", "Jolly", "Keen", "Kind", "Lively", "Lucky",
    "Merry", "Mighty", "Neat", "Noble", "Patient", "Proud", "Quick", "Quiet", "Silver", "Snowy", "Sunny", "Swift",
    "Warm", "Wise",
)  # fmt: skip
ANIMALS = (
    "Badger", "Bear", "Beaver", "Bee", "Bison", "Crane", "Deer", "Dolphin", "Eagle", "Falcon", "Finch", "Fox", "Frog",
    "Gecko", "Hare", "Hawk", "Hedgehog", "Heron", "Horse", "Ibis", "Koala", "Lark", "Lion", "Lynx", "Marten", "Moose",
    "Otter", "Owl", "Panda", "Penguin", "Puffin", "Raven", "Robin", "Seal", "Sparrow", "Squirrel", "Swan", "Tiger",
    "Turtle", "Wolf",
)  # fmt: skip


def new_code() -> str:
    """Return a code by lot."""
    return "".join(secrets.choice(CHARACTERS) for _ in range(LENGTH))


def read_code(typed: str) -> str:
    """Return the code that somebody means who has typed this: spaces, small letters and look-alikes are put right."""
    return re.sub(r"[^0-9A-Z]", "", typed[:40].upper()).translate(TAKEN_FOR)[: LENGTH + 1]


def new_secret() -> str:
    """Return 128 random bits as 22 characters of a link."""
    return secrets.token_urlsafe(16)


def hashed(secret: str) -> str:
    """Return the sum by which a secret is known again: who reads the database can't get in with it.

    A plain SHA-256 does, since nobody can try 2^128 secrets. Raises ValueError for what can't be a secret.
    """
    if not SECRET.fullmatch(secret):
        raise ValueError("This is no secret.")
    return hashlib.sha256(secret.encode()).hexdigest()


def new_nickname(taken: set[str]) -> str:
    """Return an adjective and an animal by lot that nobody in the class is called."""
    while (name := f"{secrets.choice(ADJECTIVES)} {secrets.choice(ANIMALS)}") in taken:
        pass
    return name
