"""The file of answers: written in whole lines while the work goes on, put into the order of the questions at its end.

Each process appends to a file of its own (`answers.jsonl` for a single one, `answers.jsonl.rank0` … for several), so a
run that was killed can go on with any number of processes: whatever any of these files holds is done.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from lion_trainer.errors import BadInput
from lion_trainer.files import replace_file, to_json


class AnswerFile:
    """Answers by id on disk."""

    def __init__(self, path: Path, rank: int, ranks: int) -> None:
        self._path = path
        self._own = path if ranks == 1 else path.with_name(f"{path.name}.rank{rank}")

    def read(self, settings: dict[str, Any]) -> dict[str, dict[str, Any]]:
        """All answers already there, by id. A torn last line (the process was killed while writing) is not one.

        Raises BadInput if an answer was made with other `settings` (fields that every row carries), or a line in the
        middle is broken: then this is not a file of ours.
        """
        answers: dict[str, dict[str, Any]] = {}
        for path in self._files():
            for number, line in enumerate(_whole_lines(path), 1):
                try:
                    row = json.loads(line)
                    identity = row["id"]
                except (ValueError, TypeError, KeyError):
                    raise BadInput(f"{path}: line {number} is not an answer; remove the file to start anew.") from None
                if any(row.get(name) != value for name, value in settings.items()):
                    raise BadInput(
                        f"{path} holds answers of another model or with other sampling settings; "
                        "remove it or choose another --out."
                    )
                answers[identity] = row
        return answers

    def prepare(self) -> None:
        """Cut a torn line off the own file, so that the next one starts on a line of its own."""
        self._own.parent.mkdir(parents=True, exist_ok=True)
        if self._own.exists():
            whole = sum(len(line) + 1 for line in _whole_lines(self._own))
            os.truncate(self._own, whole)

    def append(self, rows: Iterable[dict[str, Any]]) -> None:
        """Write answers and wait until the disk has them."""
        with self._own.open("ab") as stream:
            stream.write("".join(to_json(row) + "\n" for row in rows).encode())
            stream.flush()
            os.fsync(stream.fileno())

    def finish(self, order: Sequence[str], settings: dict[str, Any]) -> None:
        """Bring all answers together in the order of the given ids, in one file that appears at once."""
        answers = self.read(settings)
        replace_file(self._path, "".join(to_json(answers[identity]) + "\n" for identity in order))
        for path in self._files():
            if path != self._path:
                path.unlink()

    def _files(self) -> list[Path]:
        pieces = sorted(self._path.parent.glob(f"{self._path.name}.rank*")) if self._path.parent.is_dir() else []
        return [path for path in (self._path, *pieces) if path.is_file()]


def _whole_lines(path: Path) -> list[bytes]:
    """The lines of a file that end with a line feed, without it."""
    return path.read_bytes().split(b"\n")[:-1]
