"""LLaMA-7B from random weights on one GPU: this trainer beside the published recipe.

Each line is measured in a process of its own: tokens/s, share of the peak (MFU), share of the rate that a plain 8192³
bf16 product reaches on this card, and the most memory. A step is 128 examples with lengths distributed as Alpaca's.

    python trainer/bench/bench_gpu.py [--compile]

Without a GPU it says so and ends with 0. A card that does not hold the float32 masters, gradients and moments of 7B
(108 GB) gets as many layers as fit, and the table says how many.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from report import machine, median, table

from lion_trainer.checkpoint import Checkpoint
from lion_trainer.distributed import World
from lion_trainer.examples import Examples
from lion_trainer.geometry import Geometry, Weights
from lion_trainer.metrics import Work, peak_tflops
from lion_trainer.optimizer import AdamWNumbers
from lion_trainer.trainable import ActivationCheckpointing, Compute, make_trainable
from lion_trainer.vocabulary import train_tokenizer

LLAMA_7B = {
    "hidden_size": 4096,
    "num_hidden_layers": 32,
    "num_attention_heads": 32,
    "intermediate_size": 11008,
    "vocab_size": 32000,
    "max_position_embeddings": 2048,
}
BATCH = 128  # examples a step, as published
PER_DEVICE = 2
RESERVE = 26e9  # bytes left for activations and logits when layers are counted out
BYTES_LEARNT = 16  # of a parameter: float32 value, gradient and two moments
RATE = 2e-5


@dataclass(frozen=True)
class Line:
    """What is measured: one way to train."""

    name: str
    published: bool = False
    checkpointing: ActivationCheckpointing = "off"
    micro_batch_tokens: int = 8192
    compile: bool = False


def lines(compiled: bool) -> list[Line]:
    """The published recipe, then ours from the least saving to the most."""
    kinds: tuple[ActivationCheckpointing, ...] = ("off", "selective", "full")
    ours = [
        Line(f"{tokens // 1024}K a micro-batch, recomputing {kind}", False, kind, tokens)
        for tokens in (8192, 16384)
        for kind in kinds
    ]
    if compiled:
        ours += [Line(f"{one.name}, compiled", False, one.checkpointing, one.micro_batch_tokens, True) for one in ours]
    return [Line("published recipe: padded, 2 at a time", published=True), *ours]


def alpaca_like(count: int, vocabulary: int, longest: int) -> Examples:
    """Random tokens in examples of log-normal lengths (μ 4.55, σ 0.65, from 8 to 1024), half of each its prompt."""
    source = np.random.default_rng(0)
    lengths = np.clip(np.exp(source.normal(4.55, 0.65, count)), 8, min(1024, longest)).astype(np.int64)
    tokens = source.integers(3, vocabulary, int(lengths.sum()))
    return Examples(tokens, np.cumsum(lengths) - lengths, lengths, lengths // 2)


def random_checkpoint(config: dict[str, Any], device: torch.device) -> Checkpoint:
    """A student of these sizes. Its weights are drawn on the device, where that is quick, and lie on the CPU."""
    geometry = Geometry.from_config(config, "the benchmark's sizes")
    weights: Weights = {}
    for name, shape in geometry.shapes().items():
        tensor = torch.ones(shape, device=device)
        weights[name] = (tensor if name.endswith("norm.weight") else tensor.normal_(0, 0.02)).cpu()
    return Checkpoint("random weights", config, geometry, weights, train_tokenizer(["a"], 300, 2048), {}, {})


def time_steps(step: Callable[[int], None], steps: int, device: torch.device) -> list[float]:
    """Seconds of each step after a first one that warms up."""
    seconds = []
    for number in range(steps + 1):
        began = time.perf_counter()
        step(number)
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        seconds.append(time.perf_counter() - began)
    return seconds[1:]


def ours(line: Line, checkpoint: Checkpoint, examples: Examples, device: torch.device) -> Callable[[int], None]:
    """A step of this trainer."""
    compute = Compute(
        bf16=device.type == "cuda",
        micro_batch_tokens=line.micro_batch_tokens,
        activation_checkpointing=line.checkpointing,
        compile=line.compile,
    )
    trainable = make_trainable(checkpoint, AdamWNumbers(), compute, World(0, 1, device, None))

    def step(number: int) -> None:
        batch = range(number * BATCH, (number + 1) * BATCH)
        trainable.zero()
        trainable.accumulate(examples, batch, int(examples.supervised[list(batch)].sum()))
        trainable.finish(1.0)
        trainable.step(RATE)

    return step


def published(checkpoint: Checkpoint, examples: Examples, device: torch.device) -> Callable[[int], None]:
    """A step of the published recipe on one device: float32 masters under bf16 autocast, two examples at a time padded
    to the longer one, the head over all positions, torch's AdamW."""
    from transformers import LlamaConfig, LlamaForCausalLM

    with torch.device(device):
        model: Any = LlamaForCausalLM(LlamaConfig(**checkpoint.config, use_cache=False)).float()
    optimizer = torch.optim.AdamW(model.parameters(), lr=RATE, weight_decay=0.0, fused=device.type == "cuda")

    def step(number: int) -> None:
        for first in range(number * BATCH, (number + 1) * BATCH, PER_DEVICE):
            chosen = range(first, first + PER_DEVICE)
            shape = (PER_DEVICE, int(examples.lengths[list(chosen)].max()))
            ids, labels, mask = torch.full(shape, 0), torch.full(shape, -100), torch.full(shape, 0)
            for row, example in enumerate(chosen):
                start, length = int(examples.starts[example]), int(examples.lengths[example])
                own = torch.from_numpy(examples.tokens[start : start + length])
                ids[row, :length], mask[row, :length] = own, 1
                labels[row, examples.prompts[example] : length] = own[examples.prompts[example] :]
            with torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda"):
                inputs = {"input_ids": ids, "labels": labels, "attention_mask": mask}
                loss = model(**{name: value.to(device) for name, value in inputs.items()}).loss
            (loss * PER_DEVICE / BATCH).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()

    return step


def measure(line: Line, config: dict[str, Any], steps: int, device: torch.device) -> dict[str, float]:
    """Tokens/s, operations/s and memory of one line."""
    examples = alpaca_like(BATCH * (steps + 1), config["vocab_size"], config["max_position_embeddings"])
    checkpoint = random_checkpoint(config, device)
    parameters = sum(math.prod(shape) for shape in checkpoint.geometry.shapes().values())
    work = Work.of(checkpoint.geometry, parameters, parameters)
    make = published(checkpoint, examples, device) if line.published else ours(line, checkpoint, examples, device)
    seconds = time_steps(make, steps, device)
    batches = [range(number * BATCH, (number + 1) * BATCH) for number in range(1, steps + 1)]
    tokens = [int(examples.lengths[list(batch)].sum()) for batch in batches]
    return {
        "tokens_per_s": median([count / spent for count, spent in zip(tokens, seconds, strict=True)]),
        "flops_per_s": median([work.flops(examples, batch) / s for batch, s in zip(batches, seconds, strict=True)]),
        "memory_gb": torch.cuda.max_memory_allocated() / 1e9 if device.type == "cuda" else 0.0,
    }


def matmul_flops_per_s() -> float:
    """What a plain 8192³ bf16 product reaches, in operations a second."""
    a, b = (torch.randn(8192, 8192, device="cuda", dtype=torch.bfloat16) for _ in range(2))

    def products(_number: int) -> None:
        for _ in range(50):
            torch.mm(a, b)

    seconds = time_steps(products, 5, torch.device("cuda"))
    return 50 * 2 * 8192**3 / median(seconds)


def layers_that_fit(memory: float) -> int:
    """How many of the 32 layers a card of so many bytes trains with everything in float32."""
    layer = 4 * LLAMA_7B["hidden_size"] ** 2 + 3 * LLAMA_7B["hidden_size"] * LLAMA_7B["intermediate_size"]
    ends = 2 * LLAMA_7B["vocab_size"] * LLAMA_7B["hidden_size"]
    return max(1, min(LLAMA_7B["num_hidden_layers"], int((memory - RESERVE) / BYTES_LEARNT - ends) // layer))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=3, help="timed steps a line; one more comes first")
    parser.add_argument("--compile", action="store_true", help="each line of ours compiled, too")
    parser.add_argument("--one", help=argparse.SUPPRESS)  # a Line and sizes as JSON: what a process of its own measures
    options = parser.parse_args()
    if options.one is not None:
        asked = json.loads(options.one)
        device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        print(json.dumps(measure(Line(**asked["line"]), asked["config"], options.steps, device)))
        return
    if not torch.cuda.is_available():
        print("no GPU here")
        return
    report(options)


def report(options: argparse.Namespace) -> None:
    """Measure line after line and print the table."""
    device = torch.device("cuda")
    layers = layers_that_fit(torch.cuda.get_device_properties(device).total_memory)
    config = {**LLAMA_7B, "num_hidden_layers": layers}
    peak, product = peak_tflops(device, None), matmul_flops_per_s()
    torch.cuda.empty_cache()
    print(f"{layers} of 32 layers; a bf16 product of 8192³ reaches {product / 1e12:.0f} TFLOP/s; {machine()}\n")
    rows: list[tuple[object, ...]] = []
    base: float | None = None
    for line in lines(options.compile):
        one = json.dumps({"line": asdict(line), "config": config})
        argv = [sys.executable, __file__, "--one", one, "--steps", str(options.steps)]
        ran = subprocess.run(argv, capture_output=True, text=True, check=False)
        if ran.returncode != 0:
            last = (ran.stderr.strip().splitlines() or ["no words"])[-1]
            rows.append((line.name, last[:60], "", "", "", ""))
            continue
        found = json.loads(ran.stdout.splitlines()[-1])
        base = found["tokens_per_s"] if line.published else base
        mfu = f"{found['flops_per_s'] / peak / 1e12:.0%}" if peak else "?"
        times = f"{found['tokens_per_s'] / base:.2f}" if base else "?"
        share = f"{found['flops_per_s'] / product:.0%}"
        rows.append((line.name, f"{found['tokens_per_s']:,.0f}", mfu, share, f"{found['memory_gb']:.0f}", times))
    print(table(["way", "useful tokens/s", "MFU", "of the product", "GB", "times"], rows))


if __name__ == "__main__":
    main()
