"""This trainer against HF's `Trainer` fed as the published script feeds it, on the same model and the same batches.

The published way: per-device batch 2 × accumulation 8, right padding to the longest of the two, the head over all
positions. Both take the same 16 examples a step from the same random weights and must report the same loss; what counts
is useful tokens a second: those of prompts and answers, never padding. They work by turns in one process. What the
difference consists of is found by taking this trainer's savings away one after the other.

    python trainer/bench/bench_training.py --model DIR --data alpaca.jsonl

--model is a folder with a config.json and a tokenizer; its weights are not read (they do not change the time).
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from report import clock, machine, median, table
from torch.utils.data import SequentialSampler
from transformers import LlamaConfig, LlamaForCausalLM, Trainer, TrainerCallback, TrainingArguments

from lion_trainer.checkpoint import read_checkpoint
from lion_trainer.distributed import World
from lion_trainer.examples import Examples, encode_examples
from lion_trainer.geometry import random_weights
from lion_trainer.optimizer import AdamWNumbers
from lion_trainer.rows import TrainingRow
from lion_trainer.settings import CPU_MICRO_BATCH_TOKENS
from lion_trainer.template import choose_template
from lion_trainer.trainable import Compute, Trainable, make_trainable

PER_DEVICE, ACCUMULATION = 2, 8  # of the published command
BATCH = PER_DEVICE * ACCUMULATION
RATE, CLIP = 2e-5, 1.0
IGNORED = -100
WAYS = ("published", "ours", "without head", "without head and padding")


def read_rows(path: Path, count: int) -> list[TrainingRow]:
    """The first rows of Alpaca's form {instruction, input, output}: a list, JSON Lines, or either gzipped."""
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    values = json.loads(content) if content.lstrip()[:1] == b"[" else map(json.loads, content.split(b"\n"))
    rows = []
    for number, value in zip(range(count), values, strict=False):
        rows.append(TrainingRow(str(number), value["instruction"], value.get("input") or "", "", value["output"]))
    return rows


def supervised_everywhere(examples: Examples) -> Examples:
    """The same tokens with an output wanted at each: what a head over all positions costs."""
    return replace(examples, prompts=np.ones_like(examples.prompts))


def padded_in_pairs(examples: Examples) -> Examples:
    """Both examples of a pair as long as the longer one, as right padding makes them."""
    lengths = np.repeat(examples.lengths.reshape(-1, PER_DEVICE).max(axis=1), PER_DEVICE)
    pieces = []
    for start, own, length in zip(examples.starts, examples.lengths, lengths, strict=True):
        pieces.append(np.pad(examples.tokens[start : start + own], (0, length - own)))
    return replace(examples, tokens=np.concatenate(pieces), starts=np.cumsum(lengths) - lengths, lengths=lengths)


def gradients(trainable: Trainable, examples: Examples, number: int, now: Callable[[], float]) -> tuple[float, float]:
    """Loss and seconds of a step of ours up to the update, over the examples of that place."""
    batch = range(number * BATCH, (number + 1) * BATCH)
    began = now()
    trainable.zero()
    trainable.accumulate(examples, batch, int(examples.supervised[list(batch)].sum()))
    loss, _ = trainable.finish(CLIP)
    return loss, now() - began


@dataclass
class Turns(TrainerCallback):  # type: ignore[misc]
    """Times each step of HF's Trainer, and lets the others take the same step before it goes on."""

    examples: Examples
    ours: Trainable
    now: Callable[[], float]
    seconds: dict[str, list[float]] = field(default_factory=lambda: {way: [] for way in WAYS})
    losses: dict[str, list[float]] = field(default_factory=lambda: {"published": [], "ours": []})
    began: float = 0.0

    def on_step_begin(self, args: Any, state: Any, control: Any, **_more: Any) -> None:
        self.began = self.now()

    def on_step_end(self, args: Any, state: Any, control: Any, **_more: Any) -> None:
        self.seconds["published"].append(self.now() - self.began)
        number = state.global_step - 1
        everywhere = supervised_everywhere(self.examples)
        _, both = gradients(self.ours, padded_in_pairs(everywhere), number, self.now)
        _, head = gradients(self.ours, everywhere, number, self.now)
        loss, own = gradients(self.ours, self.examples, number, self.now)
        began = self.now()
        self.ours.step(RATE)
        update = self.now() - began
        for way, spent in zip(WAYS[1:], (own, head, both), strict=True):
            self.seconds[way].append(spent + update)
        self.losses["ours"].append(loss)
        print(f"step {number + 1}: " + ", ".join(f"{way} {self.seconds[way][-1]:.1f} s" for way in WAYS), flush=True)

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, Any] | None = None, **_more: Any) -> None:
        if logs and "loss" in logs:
            self.losses["published"].append(float(logs["loss"]))


class InOrder(Trainer):  # type: ignore[misc]
    """HF's Trainer on the examples in their order, so that both have the same batches."""

    def _get_train_sampler(self, train_dataset: Any = None) -> SequentialSampler:
        return SequentialSampler(train_dataset if train_dataset is not None else self.train_dataset)


def features(examples: Examples) -> list[dict[str, list[int]]]:
    """Token ids and labels as the published script makes them."""
    made = []
    for start, length, prompt in zip(examples.starts, examples.lengths, examples.prompts, strict=True):
        ids = examples.tokens[start : start + length].tolist()
        made.append({"input_ids": ids, "labels": [IGNORED] * int(prompt) + ids[prompt:]})
    return made


def collate(batch: list[dict[str, list[int]]], pad: int) -> dict[str, torch.Tensor]:
    """Right padding to the longest, as the published script does it."""
    longest = max(len(one["input_ids"]) for one in batch)
    shape = (len(batch), longest)
    ids, labels = torch.full(shape, pad), torch.full(shape, IGNORED)
    mask = torch.zeros(shape, dtype=torch.int64)
    for row, one in enumerate(batch):
        length = len(one["input_ids"])
        ids[row, :length], labels[row, :length] = torch.tensor(one["input_ids"]), torch.tensor(one["labels"])
        mask[row, :length] = 1
    return {"input_ids": ids, "labels": labels, "attention_mask": mask}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True, help="folder of a LLaMA's config.json and tokenizer")
    parser.add_argument("--data", type=Path, required=True, help="rows in Alpaca's form, also gzipped")
    parser.add_argument("--steps", type=int, default=5, help="timed steps; one more comes first and is not counted")
    parser.add_argument("--model_max_length", type=int, default=512)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--cpu_seconds", action="store_true", help="count CPU time; with --threads 1 on a busy machine")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.set_flush_denormal(True)
    checkpoint = read_checkpoint(options.model, with_weights=False)
    tokenizer, geometry = checkpoint.tokenizer, checkpoint.geometry
    rows = read_rows(options.data, BATCH * (options.steps + 1))
    examples = encode_examples(rows, choose_template("lion", tokenizer, {}), tokenizer, options.model_max_length)
    if examples.dropped:
        parser.error(f"{len(examples.dropped)} rows of the data teach nothing; give others")
    weights = random_weights(geometry, 0)
    model = LlamaForCausalLM(LlamaConfig(**checkpoint.config)).to(torch.float32)
    model.load_state_dict(weights, strict=not geometry.tied)
    compute = Compute(micro_batch_tokens=CPU_MICRO_BATCH_TOKENS)
    world = World(0, 1, torch.device("cpu"), None)
    ours = make_trainable(replace(checkpoint, weights=weights), AdamWNumbers(), compute, world)
    turns = Turns(examples, ours, clock(options.cpu_seconds))
    pad = tokenizer.eos_id if tokenizer.pad_id is None else tokenizer.pad_id
    with tempfile.TemporaryDirectory() as folder:
        arguments = TrainingArguments(
            output_dir=folder,
            use_cpu=True,
            max_steps=options.steps + 1,
            per_device_train_batch_size=PER_DEVICE,
            gradient_accumulation_steps=ACCUMULATION,
            learning_rate=RATE,
            lr_scheduler_type="constant",
            weight_decay=0.0,
            max_grad_norm=CLIP,
            logging_steps=1,
            save_strategy="no",
            report_to=[],
            remove_unused_columns=False,
            disable_tqdm=True,
        )
        InOrder(
            model=model,
            args=arguments,
            train_dataset=features(examples),
            data_collator=lambda batch: collate(batch, pad),
            callbacks=[turns],
        ).train()
    print_report(options, examples, turns)


def print_report(options: argparse.Namespace, examples: Examples, turns: Turns) -> None:
    """The table, without the first step, which warms up."""
    counted = range(BATCH, BATCH * (options.steps + 1))
    useful = examples.lengths[list(counted)].reshape(-1, BATCH).sum(axis=1)
    padded = padded_in_pairs(examples).lengths[list(counted)].sum()
    seconds = {way: turns.seconds[way][1:] for way in WAYS}
    rates = {way: median([float(tokens) / s for tokens, s in zip(useful, seconds[way], strict=True)]) for way in WAYS}
    published, ours = rates["published"], rates["ours"]
    head, both = rates["without head"], rates["without head and padding"]
    kind = "CPU" if options.cpu_seconds else "wall"
    lengths = f"{examples.lengths.mean():.0f} tokens an example, {BATCH} a step"
    print(f"\n{lengths}, {options.steps} steps by turns, in {kind} seconds")
    print(machine())
    print(f"padding is {1 - useful.sum() / padded:.0%} of what the published way computes\n")
    lines: list[tuple[object, ...]] = [
        ("HF Trainer, fed as published", f"{published:.1f}", "1.00"),
        ("this trainer", f"{ours:.1f}", f"{ours / published:.2f}"),
        ("… with the head over all positions", f"{head:.1f}", f"{head / published:.2f}"),
        ("… and with padding", f"{both:.1f}", f"{both / published:.2f}"),
    ]
    print(table(["medians of steps", "useful tokens/s", "times"], lines))
    print(
        f"\nOf the factor {ours / published:.2f}: head and last layer at answers only ×{ours / head:.2f}, no padding "
        f"×{head / both:.2f}, the rest ×{both / published:.2f}."
    )
    pairs = list(zip(turns.losses["published"], turns.losses["ours"], strict=True))
    apart = max(abs(one - other) for one, other in pairs)
    (there, here), (there_at_last, here_at_last) = pairs[0], pairs[-1]
    print(f"Loss {there:.4f} → {there_at_last:.4f} there, {here:.4f} → {here_at_last:.4f} here; {apart:.1e} apart.")
    if apart > 1e-2:
        raise SystemExit("The losses are too far apart: the two do not train the same.")


if __name__ == "__main__":
    main()
