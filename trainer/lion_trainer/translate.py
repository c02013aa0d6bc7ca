"""From the command lines that people have in their notes to the flags of `train`, aloud.

Understood are the published command of 2023, today's spellings of Hugging Face, kebab-case, `--flag=value`, and
switches with or without a value. What is changed or left out gets a line that says so; what is unknown, or would mean
another training than the one asked for, is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from lion_trainer.errors import BadInput
from lion_trainer.foreign_flags import BATCH_FLAGS, RULES

# What Hugging Face takes where the flag is not given.
DEFAULT_PER_DEVICE, DEFAULT_ACCUMULATION, DEFAULT_SAVE_STEPS = 8, 1, "500"


@dataclass(frozen=True)
class Given:
    """A flag as it was given: its name in snake_case without dashes, and its value, None for a switch alone."""

    name: str
    value: str | None


def split(arguments: Sequence[str]) -> list[Given]:
    """Take a command line apart. Several values of one flag are joined by spaces.

    Raises BadInput for a word that belongs to no flag.
    """
    found: list[tuple[str, list[str]]] = []
    for argument in arguments:
        flag = re.match(r"--([A-Za-z][\w-]*)(?:=(.*))?$", argument, re.DOTALL)
        if flag:
            found.append((flag[1].replace("-", "_"), [] if flag[2] is None else [flag[2]]))
        elif found:
            found[-1][1].append(argument)
        else:
            raise BadInput(f'"{argument}" is neither a flag nor the value of one.')
    return [Given(name, " ".join(values) if values else None) for name, values in found]


def translate(given: Sequence[Given], known: Iterable[str], processes: int) -> tuple[list[Given], list[str]]:
    """Flags of ours that mean the same, and a line for each one that was translated or ignored.

    `known` are the names of our own flags. Raises BadInput for an unknown flag, naming the nearest known one, and for
    one that asks for something this trainer does not do.
    """
    own = set(known)
    settings: dict[str, str | None] = {}
    notes: list[str] = []
    batch = {one.name: one.value for one in given if one.name in BATCH_FLAGS}
    for one in given:
        if one.name in BATCH_FLAGS:
            continue
        if one.name in RULES:
            outcome = RULES[one.name](one.value)
            settings |= outcome.settings
            if outcome.note:
                notes.append(f"note: {_shown(one)} {outcome.note}")
        elif one.name in own:
            settings[one.name] = one.value
        else:
            nearest = max(sorted(own | set(RULES) | BATCH_FLAGS), key=lambda name: _likeness(name, one.name))
            raise BadInput(f"--{one.name} is no flag of this command; the nearest is --{nearest}.")
    if batch:
        size, note = _batch_size(batch, processes)
        if "batch_size" in settings:
            raise BadInput(f"--batch_size and --{next(iter(batch))} both say how large a step is; give one of them.")
        settings["batch_size"] = str(size)
        notes.append(note)
    if any(one.name == "save_strategy" and one.value == "steps" for one in given) and "save_steps" not in settings:
        settings["save_steps"] = DEFAULT_SAVE_STEPS
    return [Given(name, value) for name, value in settings.items()], notes


def _batch_size(batch: dict[str, str | None], processes: int) -> tuple[int, str]:
    factors = []
    for name, default in (
        ("per_device_train_batch_size", DEFAULT_PER_DEVICE),
        ("gradient_accumulation_steps", DEFAULT_ACCUMULATION),
    ):
        text = batch.get(name, str(default))
        if text is None or not re.fullmatch(r"[1-9][0-9]*", text):
            raise BadInput(f"--{name} must be a whole number of at least 1.")
        factors.append((name, int(text)))
    size = factors[0][1] * factors[1][1] * processes
    counted = " × ".join(f"--{name} {factor}" for name, factor in factors if name in batch)
    return size, f"note: {counted} × {processes} process{'es'[: 2 * (processes != 1)]} → --batch_size {size}"


def _shown(given: Given) -> str:
    if given.value is None:
        return f"--{given.name}"
    plain = re.fullmatch(r"[^\s\"']+", given.value) is not None
    return f"--{given.name} {given.value}" if plain else f'--{given.name} "{given.value}"'


def _likeness(one: str, other: str) -> float:
    return SequenceMatcher(None, one, other).ratio()
