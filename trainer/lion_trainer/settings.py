"""From flags to what the parts of a training are told, once data, model and processes are known."""

from __future__ import annotations

import argparse
import hashlib
import math
from pathlib import Path
from typing import Any, Literal

from lion_trainer.checkpoint import Checkpoint
from lion_trainer.distributed import World
from lion_trainer.files import sha256_of_file, sha256_of_text, to_json
from lion_trainer.geometry import Geometry, Weights
from lion_trainer.packing import Course, Packing
from lion_trainer.template import Template
from lion_trainer.trainable import Compute, Lora, Sharding
from lion_trainer.training import Rates, Say

# Tokens of a micro-batch. On a CPU so few that a small student's activations stay in the cache of a core (a third
# faster than whole batches); on a GPU so many that it is busy.
CPU_MICRO_BATCH_TOKENS = 1024
GPU_MICRO_BATCH_TOKENS = 8192
LONGEST_BY_DEFAULT = 1024  # Lion's own training length
WARMUP_BY_DEFAULT = 0.03
# What decides the weights: a run with others of these is another run. The batch is the whole step's, so the number of
# processes is not among them; nor is where and how the numbers are computed.
DECISIVE = (
    *("held_out_share", "num_train_epochs", "max_steps", "batch_size", "learning_rate", "warmup_ratio", "warmup_steps"),
    *("lr_scheduler_type", "weight_decay", "adam_beta1", "adam_beta2", "max_grad_norm", "seed", "lora_rank"),
    *("lora_alpha", "lora_dropout", "lora_targets", "packing", "pack_length", "batch_unit", "precision"),
)


def longest_of(options: argparse.Namespace, geometry: Geometry, say: Say) -> int:
    """Most tokens of an example: what was asked for, as far as the model has positions."""
    asked = options.model_max_length
    if asked is not None and asked > geometry.positions:
        say(f"note: --model_max_length {asked} is more than the model's {geometry.positions} positions; using those")
    return int(min(asked or LONGEST_BY_DEFAULT, geometry.positions))


def packing_of(options: argparse.Namespace, longest: int) -> Packing:
    """How examples are packed."""
    return Packing(options.packing, options.pack_length or longest, options.batch_unit)


def rates_of(options: argparse.Namespace, course: Course, say: Say) -> Rates:
    """The learning rate's course."""
    steps = course.steps
    if options.warmup_steps is not None and options.warmup_steps >= 1:
        warmup, asked = int(options.warmup_steps), f"--warmup_steps {options.warmup_steps:g}"
    else:
        share = options.warmup_ratio if options.warmup_steps is None else options.warmup_steps
        asked = f"--warmup_ratio {WARMUP_BY_DEFAULT if share is None else share:g}"
        warmup = math.ceil((WARMUP_BY_DEFAULT if share is None else share) * steps)
    say(f"note: {asked} → warm-up of {warmup:,} of {steps:,} steps")
    return Rates(options.learning_rate, warmup, options.lr_scheduler_type, options.max_grad_norm)


def steps_between(asked: float | str, course: Course) -> int:
    """Steps between two events: a number of them, a share of all (below 1), or those of an epoch; 0: never."""
    if asked == "epoch":
        return course.steps_per_epoch
    number = float(asked)
    return math.ceil(number * course.steps) if number < 1 else int(number)


def compute_of(options: argparse.Namespace, world: World, longest: int, say: Say) -> Compute:
    """How to compute here. What a CPU or a single process cannot do is left away, with a note."""
    gpu = world.device.type == "cuda"
    bf16 = options.precision == "bf16"
    if bf16 and not gpu:
        say("note: --precision bf16 needs a GPU; training in fp32")
    if options.tf32 and not gpu:
        say("note: --tf32 needs a GPU; training in fp32")
    if options.packing == "none":
        micro_batch_tokens = 1  # an example is never cut, so each is alone
    elif options.micro_batch_tokens is not None:
        micro_batch_tokens = options.micro_batch_tokens
    elif options.packing == "step":
        micro_batch_tokens = GPU_MICRO_BATCH_TOKENS if gpu else CPU_MICRO_BATCH_TOKENS
    else:
        micro_batch_tokens = options.pack_length or longest
    sharding: Sharding | Literal["auto"] = options.fsdp
    if sharding == "auto":
        sharding = "full_shard" if gpu and world.size > 1 else "off"
    elif sharding != "off" and world.size == 1 and not options.cpu_offload:
        say(f"note: --fsdp {sharding} has one process to share out over; training without")
        sharding = "off"
    lora = None
    if options.lora_rank:
        targets = {"targets": options.lora_targets} if options.lora_targets else {}
        alpha = 2.0 * options.lora_rank if options.lora_alpha is None else options.lora_alpha
        lora = Lora(options.lora_rank, alpha, options.lora_dropout, **targets)
    return Compute(
        bf16=bf16 and gpu,
        micro_batch_tokens=micro_batch_tokens,
        sharding=sharding,
        cpu_offload=options.cpu_offload,
        activation_checkpointing=options.activation_checkpointing,
        compile=options.compile,
        liger=options.liger,
        attention=options.attention,
        lora=lora,
    )


def fingerprint_of(
    options: argparse.Namespace, checkpoint: Checkpoint, template: Template, longest: int
) -> dict[str, Any]:
    """What a run is the same run by: its data, where it starts, and the settings that decide the weights."""
    files = sorted(checkpoint.tokenizer.files.items())
    tokenizer = b"\0".join(name.encode() + b"\0" + content for name, content in files)
    return {
        "data": sha256_of_file(options.data_path),
        "tokenizer": hashlib.sha256(tokenizer).hexdigest(),
        "template": str(template.manifest()["sha256"]),
        "configuration": sha256_of_text(to_json(checkpoint.config)),
        "student at the start": _digest_of_some(checkpoint.weights),
        "model_max_length": longest,
        **{name: _plain(getattr(options, name)) for name in DECISIVE},
    }


def plain_options(options: argparse.Namespace) -> dict[str, Any]:
    """All options as JSON holds them."""
    return {name: _plain(value) for name, value in vars(options).items()}


def _plain(value: object) -> object:
    return str(value) if isinstance(value, Path) else list(value) if isinstance(value, tuple) else value


def _digest_of_some(weights: Weights) -> str:
    """A hash over 64 numbers of each weight: enough to tell two students apart, and quick for billions of numbers."""
    digest = hashlib.sha256()
    for name in sorted(weights):
        flat = weights[name].reshape(-1)
        digest.update(name.encode() + flat[:: max(1, len(flat) // 64)].numpy().tobytes())
    return digest.hexdigest()
