"""Reading rows of instructions: JSON Lines, or a JSON list as Alpaca has it. A broken row is named by its place."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lion_trainer.errors import BadInput


@dataclass(frozen=True)
class TrainingRow:
    """One instruction with the teacher's answer."""

    id: str
    instruction: str
    input: str
    system: str
    output: str


@dataclass(frozen=True)
class PromptRow:
    """One instruction to answer. `key` is the asker's, handed back unchanged."""

    id: str
    key: Any
    instruction: str
    input: str
    system: str


def read_training_rows(path: Path) -> list[TrainingRow]:
    """Rows {instruction, output} with optional id, input and system. A row without an id is called by its place.

    Raises BadInput for a missing file or a broken row.
    """
    return [
        TrainingRow(
            id=row.text("id", default=row.place),
            instruction=row.text("instruction"),
            input=row.text("input", default=""),
            system=row.text("system", default=""),
            output=row.text("output"),
        )
        for row in _objects(path)
    ]


def read_prompt_rows(path: Path) -> list[PromptRow]:
    """Rows {id, instruction} with optional key, input and system; ids are distinct.

    Raises BadInput for a missing file, a broken row or an id that comes twice.
    """
    rows: list[PromptRow] = []
    places: dict[str, str] = {}
    for row in _objects(path):
        identity = row.text("id")
        if identity in places:
            raise BadInput(f'{path}: {row.place} has the id "{identity}" of {places[identity]}; ids must be distinct.')
        places[identity] = row.place
        rows.append(
            PromptRow(
                id=identity,
                key=row.value.get("key"),
                instruction=row.text("instruction"),
                input=row.text("input", default=""),
                system=row.text("system", default=""),
            )
        )
    return rows


@dataclass(frozen=True)
class _Object:
    """One JSON object of a file and its place there ("line 3", or "row 3" of a list)."""

    path: Path
    place: str
    value: dict[str, Any]

    def text(self, name: str, default: str | None = None) -> str:
        """A field's text; missing and null count as the default, without one they are refused."""
        value = self.value.get(name)
        if value is None and default is not None:
            return default
        if value is None:
            raise BadInput(f'{self.path}: {self.place} has no "{name}".')
        if not isinstance(value, str):
            raise BadInput(f'{self.path}: {self.place} has a "{name}" that is not a text.')
        return without_lone_surrogates(value)


def without_lone_surrogates(text: str) -> str:
    """JSON can spell half a surrogate pair, UTF-8 cannot: it becomes U+FFFD."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def _objects(path: Path) -> list[_Object]:
    try:
        content = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise BadInput(f"{path} does not exist.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path} cannot be read as UTF-8 text: {error}.") from error
    placed: list[tuple[str, Any]] = []
    if content.lstrip().startswith("["):
        try:
            placed = [(f"row {number}", value) for number, value in enumerate(json.loads(content), 1)]
        except ValueError as error:
            raise BadInput(f"{path} starts like a JSON list and is not valid JSON: {error}.") from error
    else:
        # Only the line feed ends a line here: U+2028 and its like are text, and allowed inside a JSON string.
        for number, line in enumerate(content.split("\n"), 1):
            try:
                placed += [(f"line {number}", json.loads(line))] if line.strip() else []
            except ValueError as error:
                raise BadInput(f"{path}: line {number} is not valid JSON: {error}.") from error
    for place, value in placed:
        if not isinstance(value, dict):
            raise BadInput(f"{path}: {place} is not a JSON object.")
    return [_Object(path, place, value) for place, value in placed]
