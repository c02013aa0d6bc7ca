"""`--dry_run`: what a training would be, in steps, tokens, memory and time, without training anything."""

from __future__ import annotations

import argparse
import contextlib
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import torch

from lion_trainer.checkpoint import Checkpoint
from lion_trainer.distributed import World, settle_threads
from lion_trainer.examples import Examples
from lion_trainer.files import replace_file, to_json
from lion_trainer.geometry import Geometry, random_weights
from lion_trainer.loss import LOGITS_AT_ONCE
from lion_trainer.metrics import Work, peak_tflops
from lion_trainer.optimizer import AdamWNumbers
from lion_trainer.preparation import Preparation, prepare
from lion_trainer.settings import steps_between
from lion_trainer.snapshots import Snapshots
from lion_trainer.trainable import Compute, Lora, make_trainable
from lion_trainer.training import Say, make_deterministic

# Share of its peak that a GPU can be expected to reach here; what a run really reached is in its metrics as `mfu`.
ASSUMED_MFU = 0.35
# A model above this is not tried out on a CPU: making it takes longer than the plan is worth.
LARGEST_TRIED = 400_000_000
BYTES_LEARNT = 16  # weight, gradient and AdamW's two moments, each in float32


@dataclass(frozen=True)
class Memory:
    """Bytes that one process is expected to need at its fullest."""

    states: float
    activations: float
    logits: float

    @property
    def total(self) -> float:
        return self.states + self.activations + self.logits


def estimate_memory(
    geometry: Geometry, parameters: int, trained: int, compute: Compute, processes: int, tokens: int, supervised: int
) -> Memory:
    """Weights, gradients and optimizer; activations of a micro-batch of `tokens`; its logits at `supervised` tokens.

    Counted are the tensors that a layer keeps for its backward pass: its input, both norms' results, queries, keys and
    values before and after they are turned, attention's result, the first sum, gate and up together, and their
    product. Logits exist in float32, and once more as their gradient, by chunks of positions. Weights that LoRA leaves
    as they are lie in the type of the products. What the allocator wastes is not in it.
    """
    width = 2 if compute.bf16 else 4
    states = float(BYTES_LEARNT * trained + (width * parameters if trained < parameters else 0))
    gathered = 0.0
    if compute.sharding != "off":
        states /= processes
        # Between forwards and backwards shard_grad_op keeps the whole weights, full_shard those of a layer.
        gathered = width * parameters / (1 if compute.sharding == "shard_grad_op" else geometry.layers)
    if compute.cpu_offload:
        states = 0.0
    queries, keys = geometry.heads * geometry.head_dim, geometry.kv_heads * geometry.head_dim
    kept = 4 * geometry.hidden + 3 * queries + 4 * keys + 3 * geometry.intermediate
    layers: float = {
        "off": geometry.layers * kept,
        # Products are kept and what is cheap between them is computed again: about half.
        "selective": geometry.layers * kept / 2,
        "full": geometry.layers * geometry.hidden + kept,
    }[compute.activation_checkpointing]
    logits = 2 * 4 * min(geometry.vocab_size * supervised, LOGITS_AT_ONCE)
    return Memory(states + gathered, float(width * layers * tokens), float(logits))


def parameters_of(geometry: Geometry, lora: Lora | None) -> tuple[int, int]:
    """(numbers of the model, numbers that are trained)."""
    shapes = geometry.shapes()
    everything = sum(_size(shape) for shape in shapes.values())
    if lora is None:
        return everything, everything
    adapted = (shape for name, shape in shapes.items() if name.split(".")[-2] in lora.targets)
    return everything, sum(lora.rank * sum(shape) for shape in adapted)


def _size(shape: Sequence[int]) -> int:
    size = 1
    for length in shape:
        size *= length
    return size


@dataclass(frozen=True)
class Speed:
    """Tokens per second of all processes, and where the figure comes from; None: there is no figure."""

    tokens_per_s: float | None
    basis: str


def estimate_speed(
    prepared: Preparation, numbers: AdamWNumbers, world: World, work: Work, asked_peak: float | None
) -> Speed:
    """From the GPU's peak and an assumed share of it, or from two micro-batches on this CPU."""
    examples = prepared.examples
    batch = range(len(examples))
    per_token = work.flops(examples, batch) / float(examples.lengths.sum())
    peak = peak_tflops(world.device, asked_peak)
    if peak is not None:
        rate = peak * 1e12 * ASSUMED_MFU * world.size / per_token
        return Speed(rate, f"{ASSUMED_MFU:.0%} of {peak:g} TFLOP/s on each of {world.size}")
    if world.device.type == "cuda":
        return Speed(None, "this GPU's peak is not known; give --peak_tflops")
    parameters, _ = parameters_of(prepared.checkpoint.geometry, None)
    if parameters > LARGEST_TRIED:
        return Speed(None, "the model is too large to try out on a CPU")
    return Speed(_try_out(prepared, numbers) * world.size, "a micro-batch was tried out here")


def _try_out(prepared: Preparation, numbers: AdamWNumbers) -> float:
    """Tokens per second of one process: the second of two passes over some examples with random weights."""
    geometry = prepared.checkpoint.geometry
    parameters, _ = parameters_of(geometry, None)
    settle_threads(parameters)
    weights = random_weights(geometry, 0)
    student = Checkpoint("a random student", {}, geometry, weights, prepared.checkpoint.tokenizer, {}, {})
    alone = World(0, 1, torch.device("cpu"), None)
    trainable = make_trainable(student, numbers, prepared.compute, alone)
    batch = _micro_batch(prepared.course.batch(0), prepared.examples, prepared.compute.micro_batch_tokens)
    tokens, seconds = int(prepared.examples.lengths[batch].sum()), 0.0
    for _ in range(2):
        began = time.perf_counter()
        trainable.zero()
        trainable.accumulate(prepared.examples, batch, 1)
        seconds = time.perf_counter() - began
    return tokens / seconds


def _micro_batch(batch: Sequence[int], examples: Examples, cap: int) -> list[int]:
    """The first examples of a batch that fit together; one at least."""
    chosen: list[int] = []
    tokens = 0
    for one in batch:
        tokens += int(examples.lengths[one])
        if chosen and tokens > cap:
            break
        chosen.append(one)
    return chosen


def make_plan(options: argparse.Namespace, notes: Sequence[str], world: World) -> dict[str, Any]:
    """The plan, as `plan.json` holds it. Seconds are those of computing: start, saving and measuring come on top."""
    told: list[str] = list(notes)
    prepared = prepare(options, world, told.append, weights=False)
    examples, course, compute = prepared.examples, prepared.course, prepared.compute
    geometry = prepared.checkpoint.geometry
    parameters, trained = parameters_of(geometry, compute.lora)
    tokens = int(examples.lengths.sum())
    supervised = int(examples.supervised.sum())
    per_step = min(int(options.batch_size), len(examples))
    busiest = min(max(compute.micro_batch_tokens, int(examples.lengths.max())), tokens)
    memory = estimate_memory(
        geometry, parameters, trained, compute, world.size, busiest, round(busiest * supervised / tokens)
    )
    numbers = AdamWNumbers(options.adam_beta1, options.adam_beta2, options.weight_decay, options.seed)
    speed = estimate_speed(prepared, numbers, world, Work.of(geometry, parameters, trained), options.peak_tflops)
    epochs = course.steps / course.steps_per_epoch
    folder = options.snapshot_dir or options.output_dir.with_name(f"{options.output_dir.name}.snapshots")
    save_every = steps_between(options.save_steps, course)
    return {
        "steps": course.steps,
        "steps_per_epoch": course.steps_per_epoch,
        "epochs": round(epochs, 4),
        "warmup_steps": prepared.rates.warmup,
        "batch_size": options.batch_size,
        "examples": len(examples),
        "examples_per_step": per_step if course.packs is None else round(len(examples) / course.steps_per_epoch, 1),
        "held_out": len(prepared.held_out.examples) if prepared.held_out else 0,
        "dropped": len(prepared.dropped),
        "truncated": len(prepared.truncated),
        "tokens": round(tokens * epochs),
        "supervised_tokens": round(supervised * epochs),
        "packing": asdict(prepared.fill),
        "parameters": parameters,
        "trained_parameters": trained,
        "memory": {**asdict(memory), "per_process": memory.total},
        "snapshot": {"every": save_every, "bytes": 12 * trained, "kept": options.save_total_limit},
        "tokens_per_s": speed.tokens_per_s,
        "seconds": None if speed.tokens_per_s is None else tokens * epochs / speed.tokens_per_s,
        "basis": speed.basis,
        "processes": world.size,
        "device": torch.cuda.get_device_name(world.device) if world.device.type == "cuda" else world.device.type,
        "resumes_after": Snapshots(folder, world, 1, {}).latest_step(),
        "compute": asdict(compute),
        "notes": told,
    }


def tell_plan(options: argparse.Namespace, notes: Sequence[str], world: World, say: Say) -> None:
    """Print the plan, as lines or with --json as one object, and leave it beside the state file as `plan.json`."""
    make_deterministic(world.device)
    if world.rank == 0:
        with contextlib.redirect_stdout(sys.stderr):  # what a tried-out model says is no part of the JSON
            plan = make_plan(options, notes, world)
        text = to_json(plan, indent=2)
        if options.state is not None:
            replace_file(options.state.with_name("plan.json"), text + "\n")
        say(text if options.json else "\n".join(plan_lines(plan)))
    world.close()


def plan_lines(plan: dict[str, Any]) -> list[str]:
    """The plan for a person."""
    memory = {name: _bytes(size) for name, size in plan["memory"].items()}
    held_out = f", {plan['held_out']:,} held out" if plan["held_out"] else ""
    snapshot = plan["snapshot"]
    lines = [
        *plan["notes"],
        f"{plan['steps']:,} steps ({plan['epochs']:g} epochs of {plan['steps_per_epoch']:,}) of "
        f"{plan['examples_per_step']:g} examples",
        f"{plan['examples']:,} examples{held_out}, {plan['dropped']} dropped, {plan['truncated']} answers cut; "
        f"{plan['tokens']:,} tokens, {plan['supervised_tokens']:,} supervised",
        plan["packing"]["line"],
        f"{plan['parameters']:,} parameters, {plan['trained_parameters']:,} trained, on {plan['processes']} "
        f"process(es), {plan['device']}",
        f"memory of a process, estimated: {memory['per_process']} (weights and optimizer {memory['states']}, "
        f"activations {memory['activations']}, logits {memory['logits']})",
        "saved only when it is stopped"
        if not snapshot["every"]
        else f"saved every {snapshot['every']:,} steps, {_bytes(snapshot['bytes'])} each, {snapshot['kept']} kept",
    ]
    if plan["seconds"] is None:
        lines.append(f"time: no estimate, {plan['basis']}")
    else:
        lines.append(
            f"time, estimated: {_duration(plan['seconds'])} at {plan['tokens_per_s']:,.0f} tokens/s ({plan['basis']})"
        )
    if plan["resumes_after"] is not None:
        lines.append(f"a saved state of step {plan['resumes_after']} is there and would be gone on from")
    return lines


def _bytes(size: float) -> str:
    return f"{size / 1e9:,.1f} GB" if size >= 1e9 else f"{size / 1e6:,.1f} MB"


def _duration(seconds: float) -> str:
    return f"{seconds / 60:,.0f} minutes" if seconds >= 120 else f"{seconds:,.0f} seconds"
