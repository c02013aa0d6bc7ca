"""A student, examples, and the ways of training that must agree on them; shared by a test and its processes."""

from __future__ import annotations

from functools import cache

import numpy as np
import torch

from lion_trainer.checkpoint import Checkpoint
from lion_trainer.examples import Examples
from lion_trainer.geometry import Geometry, random_weights
from lion_trainer.optimizer import AdamWNumbers
from lion_trainer.tokenizer import StudentTokenizer
from lion_trainer.trainable import Compute, Lora
from lion_trainer.vocabulary import train_tokenizer

NUMBERS = AdamWNumbers(beta2=0.95, weight_decay=0.1, seed=5)
LORA = Lora(rank=3, alpha=6.0, targets=("q_proj", "v_proj", "o_proj", "up_proj", "down_proj"))
BATCH = list(range(24))

# Name: are embedding and head one matrix; the examples of the step; how to compute.
CASES: dict[str, tuple[bool, list[int], Compute]] = {
    "whole": (True, BATCH, Compute(micro_batch_tokens=10_000)),
    "whole, untied": (False, BATCH, Compute(micro_batch_tokens=10_000)),
    "whole, one example": (False, [3], Compute(micro_batch_tokens=10_000)),
    "whole, LoRA": (True, BATCH, Compute(micro_batch_tokens=10_000, lora=LORA)),
    "replicated": (True, BATCH, Compute(micro_batch_tokens=60)),
    "sharded": (True, BATCH, Compute(micro_batch_tokens=60, sharding="full_shard")),
    "sharded, untied": (
        False,
        BATCH,
        Compute(micro_batch_tokens=60, sharding="shard_grad_op", activation_checkpointing="full"),
    ),
    "sharded, one example": (
        False,
        [3],
        Compute(micro_batch_tokens=60, sharding="full_shard", activation_checkpointing="selective"),
    ),
    "sharded, LoRA": (True, BATCH, Compute(micro_batch_tokens=60, sharding="full_shard", lora=LORA)),
}


@cache
def tokenizer() -> StudentTokenizer:
    return train_tokenizer(["amber kettle", "amber kettle"], 300, 64)


@cache
def data() -> Examples:
    source = np.random.default_rng(0)
    lengths = source.integers(5, 40, 30)
    prompts = np.maximum(2, lengths - source.integers(1, 20, 30))
    return Examples(source.integers(4, 260, lengths.sum()), np.cumsum(lengths) - lengths, lengths, prompts)


def student(tied: bool) -> Checkpoint:
    sizes = {"vocab_size": 265, "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 3}
    heads = {"num_attention_heads": 4, "num_key_value_heads": 2, "initializer_range": 0.1, "tie_word_embeddings": tied}
    # Layers of 33 and more rows, which two processes cannot share evenly, are part of the point.
    config = {**sizes, **heads, "max_position_embeddings": 64, "attention_bias": not tied, "intermediate_size": 49}
    geometry = Geometry.from_config(config, "the test")
    weights = random_weights(geometry, 2)
    torch.manual_seed(3)
    for name in weights:
        if name.endswith("norm.weight"):
            weights[name] = 1 + 0.1 * torch.randn_like(weights[name])
    return Checkpoint("the test", config, geometry, weights, tokenizer(), {}, {})
