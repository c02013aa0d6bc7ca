"""What an engine answers: rows with their prompts as token ids, and in what company each is answered."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from lion_trainer.decoding import Answer
from lion_trainer.rows import PromptRow
from lion_trainer.template import Template

EngineName = Literal["builtin", "vllm"]


@dataclass(frozen=True)
class Question:
    """A row with its prompt's tokens and how many tokens its answer may have (0: the prompt fills the context)."""

    row: PromptRow
    prompt: list[int]
    room: int


class Engine(Protocol):
    """Whatever draws answers."""

    @property
    def name(self) -> EngineName: ...

    def answer(
        self, questions: Sequence[Question], missing: Collection[str]
    ) -> Iterator[list[tuple[Question, Answer]]]:
        """This process's share of the answers to the questions whose ids are missing, group by group as they are done.

        Every question has room. Raises TrainerError when the engine itself fails; what it gave before stays valid.
        """
        ...


def make_questions(
    rows: Sequence[PromptRow], template: Template, max_new_tokens: int, positions: int
) -> list[Question]:
    """The rows as prompts; an answer has as much room as it may have and as the model's positions leave."""
    return [
        Question(row, prompt, max(0, min(max_new_tokens, positions - len(prompt))))
        for row, prompt in zip(rows, template.encode(rows), strict=True)
    ]


def form_batches(questions: Sequence[Question], batch_tokens: int) -> list[list[Question]]:
    """Batches of questions of similar length, at most `batch_tokens` with their answers' room.

    They depend on the questions alone, never on which are answered already: so a run that goes on after a kill computes
    each answer in the same company as before, to the same bits.
    """
    batches: list[list[Question]] = []
    width = 0
    for question in sorted((one for one in questions if one.room > 0), key=lambda one: len(one.prompt)):
        width = max(width, len(question.prompt) + question.room)
        if not batches or (len(batches[-1]) + 1) * width > batch_tokens:
            batches.append([])
            width = len(question.prompt) + question.room
        batches[-1].append(question)
    return batches
