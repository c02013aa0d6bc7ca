"""The package's own engine: static batches of similar length, one process a device."""

from __future__ import annotations

import gc
import math
from collections.abc import Collection, Iterator, Sequence

import torch

from lion_trainer.decoding import Answer, answer_batch
from lion_trainer.distributed import World
from lion_trainer.errors import TrainerError
from lion_trainer.llama import Llama
from lion_trainer.questions import EngineName, Question, form_batches
from lion_trainer.sampling import Sampling, chooser


class BuiltInEngine:
    """Answers batches that depend on the questions alone; only where memory runs out are they cut into parts."""

    name: EngineName = "builtin"

    def __init__(
        self, model: Llama, stop_ids: Collection[int], sampling: Sampling, world: World, batch_tokens: int
    ) -> None:
        """`batch_tokens`: most tokens, prompts and room for answers, in work at a time."""
        self._model, self._stop_ids, self._sampling, self._world = model, stop_ids, sampling, world
        self._batch_tokens = batch_tokens
        self._parts = 1  # into how many a batch is cut; doubled whenever memory runs out, and never halved again

    def answer(
        self, questions: Sequence[Question], missing: Collection[str]
    ) -> Iterator[list[tuple[Question, Answer]]]:
        """Answers to every world.size-th batch, without those of its questions that are not missing."""
        for number, batch in enumerate(form_batches(questions, self._batch_tokens)):
            if number % self._world.size == self._world.rank:
                yield from self._answer_batch(batch, missing)

    def _answer_batch(self, batch: list[Question], missing: Collection[str]) -> Iterator[list[tuple[Question, Answer]]]:
        place = 0
        while place < len(batch):
            part = batch[place : place + math.ceil(len(batch) / self._parts)]
            if any(one.row.id in missing for one in part):
                answers = self._try(part)
                if answers is None:
                    self._halve(part)
                    continue
                pairs = zip(part, answers, strict=True)
                yield [(one, answer) for one, answer in pairs if one.row.id in missing]
            place += len(part)

    def _try(self, part: list[Question]) -> list[Answer] | None:
        """The answers, or None when memory did not suffice."""
        choose = chooser(self._sampling, [one.row.id for one in part], self._world.device)
        prompts, room = [one.prompt for one in part], [one.room for one in part]
        try:
            return answer_batch(self._model, prompts, room, self._stop_ids, choose)
        except RuntimeError as error:
            if not ran_out_of_memory(error):
                raise
            return None

    def _halve(self, part: list[Question]) -> None:
        if len(part) == 1:
            tokens = len(part[0].prompt) + part[0].room
            raise TrainerError(
                f'Out of memory for the single question "{part[0].row.id}" of {tokens} tokens with its answer; '
                "lower --max_new_tokens, use --precision bf16 or a GPU with more memory."
            )
        self._parts *= 2
        free_memory()
        print(f"note: out of memory with {len(part)} questions at a time; going on with half", flush=True)


def use_bf16(model: Llama) -> None:
    """Answer in half precision. The complex turns of RoPE stay as they are, which `Module.to` would not do."""
    for parameter in model.parameters():
        parameter.data = parameter.data.to(torch.bfloat16)


def ran_out_of_memory(error: RuntimeError) -> bool:
    """Whether torch said so, of a GPU or of the machine."""
    return isinstance(error, torch.OutOfMemoryError) or "can't allocate memory" in str(error)


def free_memory() -> None:
    """Hand back what a failed attempt held. Call it when its exception, which holds its tensors, is gone."""
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
