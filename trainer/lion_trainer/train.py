"""`python -m lion_trainer.train`: train a student on the Train pool, alone or under torchrun."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import torch

from lion_trainer.arguments import parse_arguments, state_path
from lion_trainer.checkpoint import is_complete, publish, refuse_unusable_output
from lion_trainer.distributed import World, settle_threads
from lion_trainer.errors import (
    BadInput,
    Stopped,
    StoppedAndSaved,
    TrainerError,
    run_command,
    saying_disk_full,
    stop_on_sigterm,
)
from lion_trainer.files import MetricsFile, StateFile
from lion_trainer.metrics import Reporter, peak_tflops
from lion_trainer.optimizer import AdamWNumbers
from lion_trainer.preparation import Preparation, prepare
from lion_trainer.record import Record, facts_of
from lion_trainer.running import Run
from lion_trainer.settings import fingerprint_of, plain_options
from lion_trainer.snapshots import Snapshots
from lion_trainer.trackers import Tracker, open_trackers
from lion_trainer.trainable import Trainable, make_trainable
from lion_trainer.training import Say, make_deterministic
from lion_trainer.weight_files import check_hashes


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
    refuse_unusable_output(options.output_dir)
    asked = options.report_to if world.rank == 0 else ()
    name = options.output_dir.name
    folder = options.logging_dir or options.output_dir.with_name(f"{name}.tensorboard")
    with open_trackers(asked, folder, options.run_name or name, plain_options(options)) as trackers:
        return _run_tracked(options, world, state, say, trackers)


def _run_tracked(
    options: argparse.Namespace, world: World, state: StateFile, say: Say, trackers: Sequence[Tracker]
) -> dict[str, Any]:
    began = time.time()
    first = world.rank == 0
    output = options.output_dir
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
    run = Run(options, world, prepared, trainable, snapshots, reporter, record, began - record.seconds)
    run.take_steps(done)
    state.write("running", "writing the checkpoint")
    weights, adapter = trainable.export(), trainable.adapter()
    summary: dict[str, Any] = {}
    if first:
        facts = facts_of(options, world, prepared, trainable, record)
        with saying_disk_full(f"the checkpoint ({output})"):
            summary = publish(output, weights, prepared.checkpoint, prepared.template, facts, adapter)
        if snapshots.folder.is_dir():
            check_hashes(output)  # before the states that could make it again are removed
            snapshots.remove()
        say(f"{output} written: loss {record.loss_first:.4f} → {record.loss_last:.4f} in {prepared.course.steps} steps")
    world.close()
    return summary or asdict(record)


def _resumed(snapshots: Snapshots, trainable: Trainable, options: argparse.Namespace, say: Say) -> tuple[Record, int]:
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


def _silent(_line: str) -> None:
    pass


if __name__ == "__main__":
    run_command(main)
