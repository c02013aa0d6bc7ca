"""An answer's text while its tokens still come: only what no later token can change is given out."""

from __future__ import annotations

from collections.abc import Callable, Sequence

UNFINISHED = "\ufffd"  # what the bytes of a character decode to while some are missing


class TextStream:
    """Turns tokens into pieces of text that, joined, are the text of all tokens, up to the first stop sequence."""

    def __init__(self, decode: Callable[[Sequence[int]], str], stops: Sequence[str]) -> None:
        self._decode, self._stops = decode, stops
        self._tokens: list[int] = []
        self._given = ""
        self.stopped = False  # a stop sequence has come: what follows is not wanted

    def feed(self, token: int) -> str:
        """The text that is certain now and was not before."""
        self._tokens.append(token)
        text = self._upto_stop(self._decode(self._tokens))
        if not self.stopped:
            text = text.rstrip(UNFINISHED)
            text = text[: len(text) - self._held_back(text)]
        return self._give(text)

    def end(self) -> str:
        """The rest, when no token follows."""
        return self._give(self._upto_stop(self._decode(self._tokens)))

    def _upto_stop(self, text: str) -> str:
        places = [place for stop in self._stops if (place := text.find(stop)) >= 0]
        self.stopped = bool(places)
        return text[: min(places)] if places else text

    def _held_back(self, text: str) -> int:
        """How many of the last characters may be the beginning of a stop sequence."""
        lengths = (length for stop in self._stops for length in range(1, len(stop)) if text.endswith(stop[:length]))
        return max(lengths, default=0)

    def _give(self, text: str) -> str:
        if not text.startswith(self._given):
            return ""
        new = text[len(self._given) :]
        self._given += new
        return new
