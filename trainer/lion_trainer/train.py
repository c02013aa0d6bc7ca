"""`python -m lion_trainer.train`: train a student on the Train pool, alone or under torchrun."""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from lion_trainer.checkpoint import (
    Checkpoint,
    is_complete,
    publish,
    read_checkpoint,
    read_config,
    read_tokenizer,
    refuse_unusable_output,
    with_room_for,
)
from lion_trainer.distributed import World, settle_threads
from lion_trainer.errors import BadInput, Stopped, TrainerError, run_command, stop_on_sigterm
from lion_trainer.examples import Examples, encode_examples
from lion_trainer.files import MetricsFile, StateFile, sha256_of_file
from lion_trainer.geometry import Geometry, random_weights
from lion_trainer.llama import Llama
from lion_trainer.rows import TrainingRow, read_training_rows
from lion_trainer.template import choose_template, lion_body
from lion_trainer.training import Recipe, StepReport, make_deterministic, train
from lion_trainer.vocabulary import train_tokenizer

# Tokens of a micro-batch. On a CPU so few that a small student's activations stay in the cache of a core (a third
# faster than whole batches); on a GPU so many that it is busy.
CPU_MICRO_BATCH_TOKENS = 1024
GPU_MICRO_BATCH_TOKENS = 8192
LONGEST_BY_DEFAULT = 1024  # Lion's own training length
SECONDS_BETWEEN_PROGRESS = 2.0


def parse_arguments(arguments: list[str] | None = None) -> argparse.Namespace:
    """The command line. Flags are spelled as Hugging Face spells them today."""
    parser = argparse.ArgumentParser(prog="python -m lion_trainer.train", description=__doc__, allow_abbrev=False)
    add = parser.add_argument
    add("--data_path", type=Path, required=True, help="JSON Lines {id, instruction, input, system, output}, or a list")
    add("--output_dir", type=Path, required=True, help="the finished checkpoint appears here, whole")
    start = parser.add_mutually_exclusive_group(required=True)
    start.add_argument("--model_name_or_path", type=Path, help="folder of a LLaMA checkpoint to continue from")
    start.add_argument("--gguf_file", type=Path, help="a LLaMA in a GGUF file to continue from")
    start.add_argument("--config_json", type=Path, help="a LLaMA configuration: start from random weights")
    add("--tokenizer_name_or_path", type=Path, help="with --config_json: folder of the tokenizer to use")
    add("--tokenizer_vocab_size", type=int, help="with --config_json: train a tokenizer of at most this many tokens")
    add("--template", choices=("lion", "chat"), help="default: what the checkpoint was trained with")
    add("--num_train_epochs", type=float, default=3.0)
    add("--learning_rate", type=float, default=2e-5)
    add("--warmup_ratio", type=float, default=0.03)
    add("--lr_scheduler_type", choices=("cosine", "linear", "constant"), default="cosine")
    add("--batch_size", type=int, default=128, help="examples per optimizer step, over all processes")
    add("--micro_batch_tokens", type=int, help="most tokens that one process works on at a time")
    add("--model_max_length", type=int, help="longest example in tokens (default 1024 or the model's)")
    add("--weight_decay", type=float, default=0.0)
    add("--adam_beta1", type=float, default=0.9)
    add("--adam_beta2", type=float, default=0.999)
    add("--max_grad_norm", type=float, default=1.0, help="0: do not clip")
    add("--precision", choices=("fp32", "bf16"), default="fp32", help="bf16: mixed precision, on a GPU only")
    add("--seed", type=int, default=0)
    add("--metrics", type=Path, help="JSON Lines, one per step")
    add("--state", type=Path, help="a small JSON file that always says how far the job is")
    options = parser.parse_args(arguments)
    _check(options)
    return options


def _check(options: argparse.Namespace) -> None:
    for name in ("num_train_epochs", "learning_rate", "batch_size"):
        if not getattr(options, name) > 0:
            raise BadInput(f"--{name} must be more than 0.")
    for name in ("weight_decay", "max_grad_norm", "warmup_ratio", "seed"):
        if not getattr(options, name) >= 0:
            raise BadInput(f"--{name} must not be negative.")
    for name in ("micro_batch_tokens", "model_max_length", "tokenizer_vocab_size"):
        if getattr(options, name) is not None and getattr(options, name) < 1:
            raise BadInput(f"--{name} must be at least 1.")
    for name in ("warmup_ratio", "adam_beta1", "adam_beta2"):
        if not 0 <= getattr(options, name) < 1:
            raise BadInput(f"--{name} must be at least 0 and below 1.")
    if options.config_json is None and (options.tokenizer_name_or_path or options.tokenizer_vocab_size):
        raise BadInput("--tokenizer_name_or_path and --tokenizer_vocab_size go with --config_json only.")


def main() -> None:
    """Run the command."""
    options = parse_arguments()
    stop_on_sigterm()
    if is_complete(options.output_dir):
        print(f"{options.output_dir} is complete already; nothing to do.")
        return
    world = World.open()
    make_deterministic(world.device)
    first = world.rank == 0
    state = StateFile(options.state if first else None)
    state.write("running", "reading the data")
    try:
        summary = _run(options, world, state, MetricsFile(options.metrics if first else None))
    except BaseException as error:
        said = isinstance(error, BadInput | TrainerError | Stopped)
        state.write("failed", str(error) if said else f"{type(error).__name__}: {error}")
        raise
    state.write("done", f"loss {summary['loss_first']:.4f} → {summary['loss_last']:.4f}")


def _run(options: argparse.Namespace, world: World, state: StateFile, metrics: MetricsFile) -> dict[str, Any]:
    began = time.time()
    say = print if world.rank == 0 else _silent
    refuse_unusable_output(options.output_dir)
    rows = read_training_rows(options.data_path)
    checkpoint = starting_point(options, rows)
    template = choose_template(options.template, checkpoint.tokenizer, checkpoint.template_files)
    longest = _longest(options.model_max_length, checkpoint.geometry, say)
    examples = encode_examples(rows, template, checkpoint.tokenizer, longest)
    if not len(examples):
        raise BadInput(f"{options.data_path} has nothing to train on: {_why_nothing(rows, examples)}.")
    recipe = _recipe(options, world, say)
    model = Llama(checkpoint.geometry, checkpoint.weights).to(world.device)
    parameters = sum(parameter.numel() for parameter in model.parameters())
    settle_threads(parameters)
    say(
        f"{parameters:,} parameters, {len(examples):,} examples of {examples.lengths.mean():.1f} tokens, template "
        f"{template.name}, {world.size} process(es) of {torch.get_num_threads()} thread(s) on {world.device.type}"
    )
    if examples.dropped or examples.truncated:
        say(f"{len(examples.dropped)} rows dropped, {len(examples.truncated)} answers cut at {longest} tokens")
    progress = _Progress(state, metrics, say)
    losses = train(model, examples, recipe, world, progress)
    summary: dict[str, Any] = {}
    if world.rank == 0:
        facts = {
            "template": template.name,
            "parameters": parameters,
            "examples": len(examples),
            "dropped": len(examples.dropped),
            "dropped_rows": examples.dropped,
            "truncated": len(examples.truncated),
            "truncated_rows": examples.truncated,
            "loss_first": losses[0],
            "loss_last": losses[-1],
            "steps": len(losses),
            "tokens": progress.tokens,
            "supervised_tokens": progress.supervised_tokens,
            "seconds": round(time.time() - began, 3),
            "processes": world.size,
            "threads": torch.get_num_threads(),
            "device": world.device.type,
            "data_sha256": sha256_of_file(options.data_path),
            "arguments": {name: str(v) if isinstance(v, Path) else v for name, v in vars(options).items()},
        }
        state.write("running", "writing the checkpoint")
        summary = publish(options.output_dir, model.export(), checkpoint, template, facts)
        say(f"{options.output_dir} written: loss {losses[0]:.4f} → {losses[-1]:.4f} in {len(losses)} steps")
    world.close()
    return summary or {"loss_first": losses[0], "loss_last": losses[-1]}


def starting_point(options: argparse.Namespace, rows: list[TrainingRow]) -> Checkpoint:
    """The student to train from, its tokenizer with a padding token and its matrices with a row for each token."""
    if options.config_json is not None:
        return _fresh(options, rows)
    if options.gguf_file is not None:
        from lion_trainer.gguf import read_gguf

        checkpoint = read_gguf(options.gguf_file)
    else:
        checkpoint = read_checkpoint(options.model_name_or_path)
    return with_room_for(checkpoint, checkpoint.tokenizer.with_pad_token())


def _fresh(options: argparse.Namespace, rows: list[TrainingRow]) -> Checkpoint:
    """Random weights for the configuration, with a given tokenizer or one made for the data."""
    source = str(options.config_json)
    config = read_config(options.config_json)
    shape = Geometry.from_config(config, source)
    if options.tokenizer_name_or_path is not None:
        if not options.tokenizer_name_or_path.is_dir():
            raise BadInput(f"{options.tokenizer_name_or_path} is not a folder; give the folder of a tokenizer.")
        tokenizer = read_tokenizer(options.tokenizer_name_or_path).with_pad_token()
    else:
        texts = [text for row in rows for text in (lion_body(row), row.output)]
        tokenizer = train_tokenizer(texts, options.tokenizer_vocab_size or shape.vocab_size, shape.positions)
    config = {**config, "vocab_size": tokenizer.size}
    geometry = Geometry.from_config(config, source)
    weights = random_weights(geometry, options.seed)
    return Checkpoint(source, config, geometry, weights, tokenizer, {}, {})


def _longest(asked: int | None, geometry: Geometry, say: Any) -> int:
    longest = min(asked or LONGEST_BY_DEFAULT, geometry.positions)
    if asked is not None and asked > geometry.positions:
        say(f"note: --model_max_length {asked} is more than the model's {geometry.positions} positions; using those")
    return longest


def _recipe(options: argparse.Namespace, world: World, say: Any) -> Recipe:
    gpu = world.device.type == "cuda"
    if options.precision == "bf16" and not gpu:
        say("note: --precision bf16 needs a GPU; training in fp32")
    return Recipe(
        epochs=options.num_train_epochs,
        learning_rate=options.learning_rate,
        warmup_ratio=options.warmup_ratio,
        scheduler=options.lr_scheduler_type,
        batch_size=options.batch_size,
        micro_batch_tokens=options.micro_batch_tokens or (GPU_MICRO_BATCH_TOKENS if gpu else CPU_MICRO_BATCH_TOKENS),
        weight_decay=options.weight_decay,
        adam_beta1=options.adam_beta1,
        adam_beta2=options.adam_beta2,
        max_grad_norm=options.max_grad_norm,
        bf16=options.precision == "bf16" and gpu,
        seed=options.seed,
    )


def _why_nothing(rows: list[TrainingRow], examples: Examples) -> str:
    if not rows:
        return "it has no rows"
    return f"all {len(rows)} rows were dropped, the first because {examples.dropped[0]['reason']}"


def _silent(_line: str) -> None:
    pass


@dataclass
class _Progress:
    """Writes each step to the metrics, and every two seconds to the state file and the log."""

    state: StateFile
    metrics: MetricsFile
    say: Any
    tokens: int = 0
    supervised_tokens: int = 0
    last_said: float = 0.0

    def __call__(self, report: StepReport) -> None:
        self.tokens += report.tokens
        self.supervised_tokens += report.supervised_tokens
        eta = report.elapsed / report.step * (report.steps - report.step)
        self.metrics.write(
            {
                "step": report.step,
                "steps": report.steps,
                "epoch": round(report.epoch, 4),
                "loss": report.loss,
                "lr": report.learning_rate,
                "grad_norm": report.grad_norm,
                "tokens": report.tokens,
                "supervised_tokens": report.supervised_tokens,
                "tokens_per_s": round(report.tokens / report.seconds, 1),
                "eta_s": round(eta, 1),
                "time": round(time.time(), 3),
            }
        )
        ends = report.step in (1, report.steps)
        if ends or time.monotonic() - self.last_said >= SECONDS_BETWEEN_PROGRESS:
            self.last_said = time.monotonic()
            self.state.write("running", "training", report.step, report.steps)
            rate = self.tokens / report.elapsed
            self.say(
                f"step {report.step}/{report.steps} loss {report.loss:.4f} lr {report.learning_rate:.2e} "
                f"{rate:,.0f} tokens/s, {eta:.0f} s left"
            )


if __name__ == "__main__":
    run_command(main)
