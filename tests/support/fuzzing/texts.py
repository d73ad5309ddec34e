"""Texts of every script, and texts that keep to a pattern."""

from collections.abc import Sequence
from functools import cache
from random import Random

import hypothesis
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

# Letters of many scripts and sizes in UTF-8, marks that join the letter before them, signs that
# turn the direction, private and unassigned ones; surrogates have no bytes at all.
_SPEAKABLE = [
    (0x20, 0x7E),
    (0x61, 0x7A),
    (0xA1, 0x24F),
    (0x300, 0x36F),
    (0x590, 0x6FF),
    (0x2000, 0x206F),
    (0x3040, 0x30FF),
    (0xE000, 0xE0FF),
    (0x1F300, 0x1FAFF),
]
_UNSPEAKABLE = [(0x00, 0x1F), (0x7F, 0x9F), (0xFFF0, 0xFFFF), (0x10FF00, 0x10FFFF)]
_OF_A_PATTERN = 30
_ALPHABET = st.characters(codec="utf-8", exclude_characters="\0")


def a_text(chance: Random, *, shortest: int, longest: int) -> str:
    """Return a text that people could write, in the scripts of several of them."""
    return _of(chance, _SPEAKABLE, chance.randint(shortest, longest))


def any_text(chance: Random) -> str:
    """Return a text that nobody would write."""
    return _of(chance, [*_SPEAKABLE, *_UNSPEAKABLE], chance.randint(0, 60))


def _of(chance: Random, scripts: Sequence[tuple[int, int]], length: int) -> str:
    # Of few scripts at a time: so some texts are plain ones.
    chosen = chance.choices(scripts, k=chance.choice([1, 2, 9]))
    return "".join(chr(chance.randint(*chance.choice(chosen))) for _ in range(length))


@cache
def texts_like(pattern: str, seed: int) -> Sequence[str]:
    """Return texts that a pattern matches, thought up once for all fields that have it."""
    collected: list[str] = []
    texts = st.from_regex(pattern.rstrip("$"), fullmatch=True, alphabet=_ALPHABET)

    @hypothesis.seed(seed)
    @settings(
        max_examples=_OF_A_PATTERN,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @hypothesis.given(texts)
    def collect(text: str) -> None:
        collected.append(text)

    collect()
    return collected
