"""A run under way: its steps, and what happens between two of them."""

from __future__ import annotations

import argparse
import time
from dataclasses import asdict, dataclass

import torch

from lion_trainer.distributed import World
from lion_trainer.errors import StoppedAndSaved, StopRequest
from lion_trainer.metrics import Reporter, Work
from lion_trainer.preparation import Preparation
from lion_trainer.record import Record
from lion_trainer.settings import steps_between
from lion_trainer.snapshots import Snapshots
from lion_trainer.trainable import Trainable
from lion_trainer.training import StepReport, training_steps

MEASURE_BY_DEFAULT = 0.1  # share of the steps after which the held-out loss is measured


@dataclass
class Run:
    """Everything that the loop needs; `began` is when the run would have begun without interruptions."""

    options: argparse.Namespace
    world: World
    prepared: Preparation
    trainable: Trainable
    snapshots: Snapshots
    reporter: Reporter
    record: Record
    began: float

    def take_steps(self, done: int) -> None:
        """Take all steps after the first `done` ones, and measure and save where it is time to.

        Raises StoppedAndSaved on SIGTERM, whichever process got it, after the step that was under way.
        """
        course, examples, trainable = self.prepared.course, self.prepared.examples, self.trainable
        save_every = steps_between(self.options.save_steps, course)
        work = Work.of(self.prepared.checkpoint.geometry, trainable.parameters, trainable.trained_parameters)
        if self.prepared.held_out is not None and self.record.held_out_before is None:
            self.record.held_out_before = self.prepared.held_out.loss(trainable)
        # From here on a wish to stop waits for the end of a step, and after the last one for the checkpoint.
        request = StopRequest()
        for report in training_steps(
            trainable, examples, course, self.prepared.rates, lambda batch: work.flops(examples, batch), done
        ):
            self.record.add(report)
            self.reporter(report, self._held_out_loss(report))
            stopping = self._any_process(request.made) and report.step < report.steps
            if stopping or (save_every and report.step % save_every == 0):
                self._save(report)
            if stopping:
                raise StoppedAndSaved(f"stopped after step {report.step} of {report.steps}, which is saved")
        self.record.seconds = round(time.time() - self.began, 3)

    def _held_out_loss(self, report: StepReport) -> float | None:
        """What the line of a step tells: the loss after it where it is time to measure, and on the first line the loss
        before any step."""
        held_out, asked = self.prepared.held_out, self.options.eval_steps
        if held_out is None:
            return None
        if report.step == report.steps:
            self.record.held_out_after = held_out.loss(self.trainable)
            return self.record.held_out_after
        if report.step == 1:
            return self.record.held_out_before
        every = steps_between(MEASURE_BY_DEFAULT if asked is None else asked, self.prepared.course)
        return held_out.loss(self.trainable) if every and report.step % every == 0 else None

    def _any_process(self, asked: bool) -> bool:
        """Whether any process was asked to stop; the same answer everywhere, so that all save the same step."""
        if self.world.size == 1:
            return asked
        count = torch.tensor([float(asked)], device=self.world.device)
        self.world.sum_in_place(count)
        return bool(count > 0)

    def _save(self, report: StepReport) -> None:
        self.record.seconds = round(time.time() - self.began, 3)
        self.reporter.state.write("running", "saving", report.step, report.steps)
        self.snapshots.save(self.trainable, report.step, asdict(self.record))
