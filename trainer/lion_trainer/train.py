"""`python -m lion_trainer.train`: train a student on the Train pool, alone or under torchrun."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from lion_trainer.arguments import parse_arguments, state_path
from lion_trainer.checkpoint import is_complete, publish, refuse_unusable_output
from lion_trainer.distributed import World, settle_threads
from lion_trainer.errors import (
    BadInput,
    Stopped,
    StoppedAndSaved,
    StopRequest,
    TrainerError,
    run_command,
    saying_disk_full,
    stop_on_sigterm,
)
from lion_trainer.files import MetricsFile, StateFile, sha256_of_file
from lion_trainer.metrics import Reporter, Work, peak_tflops
from lion_trainer.optimizer import AdamWNumbers
from lion_trainer.preparation import Preparation, prepare
from lion_trainer.record import Record, facts_of
from lion_trainer.settings import fingerprint_of, plain_options, steps_between
from lion_trainer.snapshots import Snapshots
from lion_trainer.trackers import Tracker, open_trackers
from lion_trainer.trainable import Trainable, make_trainable
from lion_trainer.training import Say, make_deterministic, training_steps


def main() -> None:
    """Run the command."""
    first = os.environ.get("RANK", "0") == "0"
    say: Say = print if first else _silent
    state = StateFile(state_path(sys.argv[1:]) if first else None)
    try:
        options, notes = parse_arguments(sys.argv[1:], int(os.environ.get("WORLD_SIZE", "1")))
        stop_on_sigterm()
        if options.use_cpu:
            os.environ["CUDA_VISIBLE_DEVICES"] = ""
        if options.dry_run:
            from lion_trainer.plan import tell_plan

            tell_plan(options, notes, World.open(), say)
            return
        for note in notes:
            say(note)
        if is_complete(options.output_dir):
            say(f"{options.output_dir} is complete already; nothing to do.")
            return
        state.write("running", "reading the data")
        world = World.open()
        make_deterministic(world.device)
        summary = _run(options, world, state, say)
    except BaseException as error:
        with contextlib.suppress(TrainerError, OSError):  # the error that is under way is the one to tell
            state.write(*_ending(error))
        raise
    state.write("done", f"loss {summary['loss_first']:.4f} → {summary['loss_last']:.4f}")


def _ending(error: BaseException) -> tuple[Any, str]:
    if isinstance(error, Stopped | StoppedAndSaved):
        return "stopped", str(error)
    said = isinstance(error, BadInput | TrainerError)
    return "failed", str(error) if said else f"{type(error).__name__}: {error}"


def _run(options: argparse.Namespace, world: World, state: StateFile, say: Say) -> dict[str, Any]:
    began = time.time()
    first = world.rank == 0
    refuse_unusable_output(options.output_dir)
    output = options.output_dir
    trackers = _trackers(options) if first else []
    prepared = prepare(options, world, say)
    numbers = AdamWNumbers(options.adam_beta1, options.adam_beta2, options.weight_decay, options.seed)
    fingerprint = fingerprint_of(options, prepared.checkpoint, prepared.template, prepared.longest)
    trainable = make_trainable(prepared.checkpoint, numbers, prepared.compute, world)
    settle_threads(trainable.parameters)
    _introduce(prepared, trainable, world, say)
    folder = options.snapshot_dir or output.with_name(f"{output.name}.snapshots")
    snapshots = Snapshots(folder, world, options.save_total_limit, fingerprint)
    peak = peak_tflops(world.device, options.peak_tflops)
    reporter = Reporter(
        device=world.device,
        peak=None if peak is None else peak * world.size,
        metrics=MetricsFile(options.metrics if first else None),
        state=state,
        trackers=trackers,
        say=say,
    )
    record, done = _resumed(snapshots, trainable, options, say)
    began -= record.seconds
    _train(options, world, prepared, trainable, snapshots, reporter, record, done, began)
    record.seconds = round(time.time() - began, 3)
    state.write("running", "writing the checkpoint")
    weights, adapter = trainable.export(), trainable.adapter()
    summary: dict[str, Any] = {}
    if first:
        facts = facts_of(options, world, prepared, trainable, record)
        with saying_disk_full(f"the checkpoint ({output})"):
            summary = publish(output, weights, prepared.checkpoint, prepared.template, facts, adapter)
        if snapshots.folder.is_dir():
            _refuse_damaged(output, summary)
            snapshots.remove()
        for tracker in trackers:
            tracker.close()
        say(f"{output} written: loss {record.loss_first:.4f} → {record.loss_last:.4f} in {prepared.course.steps} steps")
    world.close()
    return summary or asdict(record)


def _train(
    options: argparse.Namespace,
    world: World,
    prepared: Preparation,
    trainable: Trainable,
    snapshots: Snapshots,
    reporter: Reporter,
    record: Record,
    done: int,
    began: float,
) -> None:
    """Take all steps that are left, and measure and save where it is time to. Raises StoppedAndSaved on SIGTERM."""
    course, held_out = prepared.course, prepared.held_out
    save_every = steps_between(options.save_steps, course)
    measure_every = steps_between(0.1 if options.eval_steps is None else options.eval_steps, course)
    if held_out is not None and record.held_out_before is None:
        record.held_out_before = held_out.loss(trainable)
    work = Work.of(prepared.checkpoint.geometry, trainable.parameters, trainable.trained_parameters)
    request = StopRequest()
    for report in training_steps(
        trainable, prepared.examples, course, prepared.rates, lambda batch: work.flops(prepared.examples, batch), done
    ):
        record.add(report)
        last = report.step == course.steps
        measured = None
        if held_out is not None:
            # A line tells the loss after its step; the first one what it was before.
            if report.step == 1:
                measured = record.held_out_before
            elif last or (measure_every and report.step % measure_every == 0):
                measured = held_out.loss(trainable)
            if last:
                record.held_out_after = measured if course.steps > 1 else held_out.loss(trainable)
        reporter(report, measured)
        stopping = _any_of_them(request.made, world) and not last
        if stopping or (save_every and report.step % save_every == 0):
            record.seconds = time.time() - began
            reporter.state.write("running", "saving", report.step, report.steps)
            snapshots.save(trainable, report.step, asdict(record))
        if stopping:
            raise StoppedAndSaved(f"stopped after step {report.step} of {report.steps}, which is saved")


def _any_of_them(asked: bool, world: World) -> bool:
    """Whether any process was asked to stop; the same answer everywhere, so that all save the same step."""
    if world.size == 1:
        return asked
    count = torch.tensor([float(asked)], device=world.device)
    world.sum_in_place(count)
    return bool(count > 0)


def _resumed(
    snapshots: Snapshots, trainable: Trainable, options: argparse.Namespace, say: Say
) -> tuple[Record, int]:
    snapshot = snapshots.resume(trainable, options.resume_anyway)
    if snapshot is None:
        return Record(), 0
    say(f"going on after step {snapshot.step}, which {snapshot.folder} has")
    record = Record(**snapshot.progress)
    record.resumed_from.append(snapshot.step)
    return record, snapshot.step


def _introduce(prepared: Preparation, trainable: Trainable, world: World, say: Say) -> None:
    examples = prepared.examples
    say(
        f"{trainable.parameters:,} parameters, {len(examples):,} examples of {examples.lengths.mean():.1f} tokens, "
        f"template {prepared.template.name}, {world.size} process(es) of {torch.get_num_threads()} thread(s) on "
        f"{world.device.type}"
    )
    say(prepared.fill.line)
    if prepared.dropped or prepared.truncated:
        say(f"{len(prepared.dropped)} rows dropped, {len(prepared.truncated)} answers cut at {prepared.longest} tokens")


def _trackers(options: argparse.Namespace) -> list[Tracker]:
    output = options.output_dir
    folder = options.logging_dir or output.with_name(f"{output.name}.tensorboard")
    return open_trackers(options.report_to, folder, options.run_name or output.name, plain_options(options))


def _refuse_damaged(output: Path, summary: dict[str, Any]) -> None:
    """Read the weights back before the states that could make them again are removed."""
    if sha256_of_file(output / "model.safetensors") != summary["weights_sha256"]:
        raise TrainerError(
            f"{output} does not read back as it was written; check the disk, remove the folder and run the same "
            "command again."
        )


def _silent(_line: str) -> None:
    pass


if __name__ == "__main__":
    run_command(main)
