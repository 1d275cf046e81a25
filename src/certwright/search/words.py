"""A column of few distinct words: a code for every ordinal, and each word once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from certwright.search.numbers import Numbers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from certwright.search.records import RecordReader, RecordWriter


class Words:
    """Words by ordinal. A word that was there once keeps its code."""

    def __init__(self) -> None:
        self._codes = Numbers()
        self._words: list[str] = []
        self._code_of: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._codes)

    @property
    def distinct(self) -> Sequence[str]:
        """The words that are or were in the column."""
        return self._words

    def get(self, ordinal: int) -> str:
        """Return one word."""
        return self._words[self._codes.get(ordinal)]

    def ranks(self, ordinals: NDArray[Any] | slice) -> NDArray[np.int64]:
        """Return numbers that compare as the words of the ordinals do."""
        rank_of_code = np.argsort(np.argsort(np.array(self._words, object), kind="stable"))
        return rank_of_code[self._codes.at(ordinals)]

    def between(self, ordinals: NDArray[Any], low: str, high: str) -> NDArray[np.bool_]:
        """Tell which of the ordinals have a word between two, both included."""
        passes = np.array([low <= word <= high for word in self._words], np.bool_)
        return passes[self._codes.at(ordinals)]

    def append(self, word: str) -> None:
        """Add a word for the next ordinal."""
        self._codes.append(self._code(word))

    def set(self, ordinal: int, word: str) -> None:
        """Replace a word."""
        self._codes.set(ordinal, self._code(word))

    def extend(self, words: Sequence[str]) -> None:
        """Add words for the next ordinals."""
        self._codes.extend([self._code(word) for word in words])

    def truncate(self, length: int) -> None:
        """Forget the words from an ordinal on."""
        self._codes.truncate(length)

    @staticmethod
    def name(value: str) -> bytes:
        """Name a value in a snapshot."""
        return value.encode()

    @staticmethod
    def parse(name: bytes) -> str:
        """Read what ``name`` wrote."""
        return name.decode()

    def save(self, out: RecordWriter, name: str) -> None:
        """Write to a snapshot."""
        out.put_facts(name, self._words)
        self._codes.save(out, name)

    @classmethod
    def load(cls, source: RecordReader, name: str) -> Words:
        """Read what ``save`` wrote."""
        words = cls()
        words._words = source.take_facts(name)
        words._code_of = {word: code for code, word in enumerate(words._words)}
        words._codes = Numbers.load(source, name)
        return words

    def _code(self, word: str) -> int:
        code = self._code_of.get(word)
        if code is None:
            code = self._code_of[word] = len(self._words)
            self._words.append(word)
        return code
