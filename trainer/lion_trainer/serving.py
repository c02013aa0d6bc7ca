"""Answering requests that come at any time: those that come together are one batch, later ones join beside it."""

from __future__ import annotations

import queue
import threading
import time
import traceback
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Literal

import torch

from lion_trainer.builtin_engine import free_memory, ran_out_of_memory
from lion_trainer.decoding import Decoding, FinishReason
from lion_trainer.llama import Llama
from lion_trainer.sampling import Sampling, chooser

GATHER_SECONDS = 0.008  # the first of several requests waits this long for the others
MOST_WAITING = 256


@dataclass(frozen=True)
class Event:
    """What happens to a request: a token, its end, or a sentence about why it failed."""

    kind: Literal["token", "end", "error"]
    token: int = 0
    reason: FinishReason = "stop"
    sentence: str = ""


@dataclass(eq=False)
class Job:
    """One answer that is asked for. `prompt` has room for `room` ≥ 1 more tokens; `name` and the sampling's seed decide
    what is drawn."""

    name: str
    prompt: list[int]
    room: int
    sampling: Sampling
    events: queue.SimpleQueue[Event] = field(default_factory=queue.SimpleQueue)
    unwanted: threading.Event = field(default_factory=threading.Event)
    arrived: float = field(default_factory=time.monotonic)

    @property
    def size(self) -> int:
        """Tokens that it may come to hold."""
        return len(self.prompt) + self.room


class Busy(Exception):
    """Too many requests wait already."""


class ServingEngine:
    """One thread that owns the model. Batches in work take turns, token by token: nobody waits for another's end.

    At most `batch_tokens` are in work at a time, and a single request always is.
    """

    def __init__(self, model: Llama, stop_ids: Collection[int], batch_tokens: int) -> None:
        self._model, self._stop_ids, self._batch_tokens = model, stop_ids, batch_tokens
        self._most_rows = MOST_WAITING
        self._waiting: list[Job] = []
        self._news = threading.Condition()
        self._working: list[tuple[Decoding, list[Job]]] = []
        threading.Thread(target=self._run, name="model", daemon=True).start()

    def submit(self, job: Job) -> None:
        """Take a request; its events follow. Raises Busy."""
        with self._news:
            if len(self._waiting) >= MOST_WAITING:
                raise Busy
            self._waiting.append(job)
            self._news.notify()

    def _run(self) -> None:
        torch.set_flush_denormal(True)  # holds for this thread alone
        while True:
            arrived = self._arrivals()
            if arrived:
                self._start(arrived)
            for work in list(self._working):
                self._advance(*work)
            self._working = [work for work in self._working if work[0].left]

    def _arrivals(self) -> list[Job]:
        """The requests to begin now. Sleeps when there is nothing to do."""
        with self._news:
            while not self._working:
                if not self._waiting:
                    self._news.wait()
                elif (left := self._waiting[0].arrived + GATHER_SECONDS - time.monotonic()) > 0:
                    self._news.wait(left)
                else:
                    break
            if not self._waiting or time.monotonic() < self._waiting[0].arrived + GATHER_SECONDS:
                return []
            free = self._batch_tokens - sum(job.size for _, jobs in self._working for job in jobs)
            taken: list[Job] = []
            while self._waiting and len(taken) < self._most_rows:
                free -= self._waiting[0].size
                if free < 0 and (taken or self._working):
                    break
                taken.append(self._waiting.pop(0))
            return taken

    def _start(self, jobs: list[Job]) -> None:
        prompts, room = [job.prompt for job in jobs], [job.room for job in jobs]
        sampling, names = [job.sampling for job in jobs], [job.name for job in jobs]
        try:
            choose = chooser(sampling, names, self._model.embedding.device)
            self._working.append((Decoding(self._model, prompts, room, self._stop_ids, choose), jobs))
        except Exception as error:
            if not self._try_fewer(jobs, error):
                self._failed(jobs, error)

    def _try_fewer(self, jobs: list[Job], error: Exception) -> bool:
        """Where memory ran out, put the requests back, to be taken by halves from now on."""
        if len(jobs) == 1 or not (isinstance(error, RuntimeError) and ran_out_of_memory(error)):
            return False
        self._most_rows = len(jobs) // 2
        error.__traceback__ = None  # it holds the tensors
        free_memory()
        with self._news:
            self._waiting[:0] = jobs
        return True

    def _advance(self, decoding: Decoding, jobs: list[Job]) -> None:
        for row, job in enumerate(jobs):
            if job.unwanted.is_set():
                decoding.give_up(row)
        if not decoding.left:
            return
        try:
            decoding.advance()
        except Exception as error:
            decoding.left = 0
            self._failed(jobs, error)
            return
        for row, token, goes_on in decoding.latest():
            if token not in self._stop_ids:
                jobs[row].events.put(Event("token", token))
            if not goes_on:
                jobs[row].events.put(Event("end", reason="stop" if token in self._stop_ids else "length"))

    def _failed(self, jobs: list[Job], error: Exception) -> None:
        """Tell those who wait."""
        sentence = f"The student could not answer: {type(error).__name__}."
        if isinstance(error, RuntimeError) and ran_out_of_memory(error):
            sentence = "The student ran out of memory; send fewer requests at a time, or ask for a shorter answer."
            error.__traceback__ = None
            free_memory()
        else:
            traceback.print_exception(error)
        for job in jobs:
            job.events.put(Event("error", sentence=sentence))
