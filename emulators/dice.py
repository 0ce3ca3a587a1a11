"""Chance that can be repeated: the same seed draws the same words in the same order."""

import math
import random
from typing import Any

from emulators.fields import BadValue


class Dice:
    """Draws one of several words, each with its probability, or none of them with the probability left over."""

    def __init__(self, seed: int, chances: dict[str, float]) -> None:
        self._random = random.Random(seed)  # noqa: S311 - to be repeatable, not unguessable
        self._chances = chances

    def draw(self) -> str | None:
        left = self._random.random()
        for word, chance in self._chances.items():
            left -= chance
            if left < 0:
                return word
        return None


def from_json(seed: Any, chances: Any, *, words: list[str]) -> Dice:
    """Dice out of what a call of the control API gives. Raises BadValue."""
    if not isinstance(seed, int):
        raise BadValue("seed: нужно целое число.")
    if not isinstance(chances, dict) or not chances or not set(chances) <= set(words):
        raise BadValue(f"random: нужны вероятности, бывают {', '.join(words)}.")
    if not all(isinstance(each, int | float) and 0 <= each <= 1 for each in chances.values()):
        raise BadValue("random: вероятности бывают от 0 до 1.")
    if math.fsum(chances.values()) > 1 + 1e-9:
        raise BadValue("random: вероятностей в сумме больше 1.")
    return Dice(seed, chances)
