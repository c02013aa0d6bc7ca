"""Files that another process reads while we write: whole or not there, never half."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import IO, Any, Literal

from lion_trainer.errors import saying_disk_full

JobState = Literal["running", "done", "failed", "stopped"]


def sha256_of_file(path: Path) -> str:
    """Hexadecimal SHA-256 of a file's bytes, read in slices so that a large checkpoint is never held in memory."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def sha256_of_text(text: str) -> str:
    """Hexadecimal SHA-256 of a text's UTF-8 bytes."""
    return hashlib.sha256(text.encode()).hexdigest()


def to_json(value: object, *, indent: int | None = None) -> str:
    """JSON as this package writes it everywhere: readable characters instead of escapes, no NaN.

    Half a surrogate pair (only JSON can spell one) is not UTF-8, so a value that holds one is written with escapes.
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, indent=indent)
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(value, allow_nan=False, indent=indent)
    return text


def replace_file(path: Path, content: str) -> None:
    """Write a text file so that a reader finds either the old content or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.tmp")
    with temporary.open("w", encoding="utf-8") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    temporary.replace(path)


def sync_folder(path: Path) -> None:
    """Make a rename inside the folder durable."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class MetricsFile:
    """Lines of JSON that are readable as soon as they are written. Without a path it swallows them.

    Lines are only ever added, since others follow the file by its size: one that a killed process left torn is ended,
    and a resumed run writes the steps since its last state again; the later line counts. Raises TrainerError when the
    disk is full.
    """

    def __init__(self, path: Path | None) -> None:
        self._stream: IO[str] | None = None
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._stream = path.open("a", encoding="utf-8")
            if not _ends_a_line(path):
                self._stream.write("\n")

    def write(self, line: dict[str, Any]) -> None:
        if self._stream is not None:
            with saying_disk_full(f"the metrics ({self._stream.name})"):
                self._stream.write(to_json(line) + "\n")
                self._stream.flush()


def _ends_a_line(path: Path) -> bool:
    with path.open("rb") as stream:
        if stream.seek(0, os.SEEK_END) == 0:
            return True
        stream.seek(-1, os.SEEK_END)
        return stream.read() == b"\n"


class StateFile:
    """`state.json` of a job: {state, step, steps, message}, replaced as a whole. Without a path it swallows them.

    Raises TrainerError when the disk is full.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._step = 0
        self._steps = 0

    def write(self, state: JobState, message: str, step: int | None = None, steps: int | None = None) -> None:
        """Publish the state; a step or number of steps that is not given stays as it was."""
        self._step = self._step if step is None else step
        self._steps = self._steps if steps is None else steps
        if self._path is not None:
            content = {"state": state, "step": self._step, "steps": self._steps, "message": message}
            with saying_disk_full(f"the state ({self._path})"):
                replace_file(self._path, to_json(content) + "\n")
