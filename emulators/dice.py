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


class Series:
    """A word for each call: always the same one, or one drawn for each. After `times` calls, where given, none."""

    def __init__(self, source: str | Dice, *, times: int | None) -> None:
        self._source = source
        self._times = times

    @property
    def is_over(self) -> bool:
        return self._times == 0

    def take(self) -> str | None:
        if self.is_over:
            return None
        if self._times is not None:
            self._times -= 1
        return self._source if isinstance(self._source, str) else self._source.draw()


def series(given: dict[str, Any], name: str, *, words: list[str]) -> Series:
    """What a call of the control API orders: a word under `name`, or `random` chances of words with their `seed`; and
    `times`. Raises BadValue.
    """
    times = given.get("times")
    if not (times is None or (isinstance(times, int) and times > 0)):
        raise BadValue("times: нужно целое число больше нуля.")
    if "random" in given:
        return Series(_dice(given.get("seed"), given["random"], words=words), times=times)
    if given.get(name) not in words:
        raise BadValue(f"{name}: бывают {', '.join(words)}.")
    return Series(given[name], times=times)


def _dice(seed: Any, chances: Any, *, words: list[str]) -> Dice:
    if not isinstance(seed, int):
        raise BadValue("seed: нужно целое число.")
    if not isinstance(chances, dict) or not chances or not set(chances) <= set(words):
        raise BadValue(f"random: нужны вероятности, бывают {', '.join(words)}.")
    if not all(isinstance(each, int | float) and 0 <= each <= 1 for each in chances.values()):
        raise BadValue("random: вероятности бывают от 0 до 1.")
    if math.fsum(chances.values()) > 1 + 1e-9:
        raise BadValue("random: вероятностей в сумме больше 1.")
    return Dice(seed, chances)
