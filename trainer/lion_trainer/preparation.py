"""Everything that is known of a run before its first step: what a plan tells, and what the loop is given."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass

from lion_trainer.checkpoint import Checkpoint
from lion_trainer.distributed import World
from lion_trainer.errors import BadInput
from lion_trainer.examples import Examples, encode_examples
from lion_trainer.held_out import HeldOut, split_rows
from lion_trainer.packing import Course, Fill, measure_fill, plan_course
from lion_trainer.rows import TrainingRow, read_training_rows
from lion_trainer.settings import compute_of, longest_of, packing_of, rates_of
from lion_trainer.starting_point import shape_of_starting_point, starting_point
from lion_trainer.template import Template, choose_template
from lion_trainer.trainable import Compute
from lion_trainer.training import Rates, Say


@dataclass(frozen=True)
class Preparation:
    """What is trained on what, and how. `longest` is the most tokens of an example."""

    checkpoint: Checkpoint
    template: Template
    longest: int
    examples: Examples
    held_out: HeldOut | None
    course: Course
    rates: Rates
    compute: Compute
    fill: Fill

    @property
    def dropped(self) -> list[dict[str, str]]:
        """{id, reason} of all rows that teach nothing."""
        return self.examples.dropped + (self.held_out.examples.dropped if self.held_out else [])

    @property
    def truncated(self) -> list[str]:
        """Ids of all rows whose answer was cut."""
        return self.examples.truncated + (self.held_out.examples.truncated if self.held_out else [])


def prepare(options: argparse.Namespace, world: World, say: Say, weights: bool = True) -> Preparation:
    """Read data and student (without its weights if only a plan is wanted) and lay the run out.

    Raises BadInput for what cannot be used.
    """
    rows = read_training_rows(options.data_path)
    chosen, held_rows = split_rows(rows, options.held_out_share, options.seed)
    read = starting_point if weights else shape_of_starting_point
    checkpoint = read(options, chosen)
    template = choose_template(options.template, checkpoint.tokenizer, checkpoint.template_files)
    longest = longest_of(options, checkpoint.geometry, say)
    examples = encode_examples(chosen, template, checkpoint.tokenizer, longest)
    if not len(examples):
        raise BadInput(f"{options.data_path} has nothing to train on: {_why_nothing(rows, held_rows, examples)}.")
    compute = compute_of(options, world, longest, say)
    packing = packing_of(options, longest)
    course = plan_course(
        examples, packing, options.batch_size, options.num_train_epochs, options.max_steps, options.seed
    )
    return Preparation(
        checkpoint=checkpoint,
        template=template,
        longest=longest,
        examples=examples,
        held_out=_held_out(held_rows, template, checkpoint, longest, options.held_out_share, say),
        course=course,
        rates=rates_of(options, course, say),
        compute=compute,
        fill=measure_fill(course, examples, packing, world.size, compute.micro_batch_tokens),
    )


def _held_out(
    rows: Sequence[TrainingRow], template: Template, checkpoint: Checkpoint, longest: int, share: float, say: Say
) -> HeldOut | None:
    if not share:
        return None
    examples = encode_examples(rows, template, checkpoint.tokenizer, longest)
    if len(examples):
        say(f"note: --held_out_share {share:g} → {len(examples):,} examples are measured and not trained on")
        return HeldOut(examples)
    say(f"note: --held_out_share {share:g} chose no row of this data; nothing is held out")
    return None


def _why_nothing(rows: Sequence[TrainingRow], held_out: Sequence[TrainingRow], examples: Examples) -> str:
    if not rows:
        return "it has no rows"
    if len(held_out) == len(rows):
        return f"all {len(rows)} rows are held out"
    return f"all {len(examples.dropped)} rows were dropped, the first because {examples.dropped[0]['reason']}"
