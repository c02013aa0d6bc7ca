"""A model that can be trained, seen from the loop: what it is asked for, and the choice of where its numbers lie."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from lion_trainer.checkpoint import Checkpoint
from lion_trainer.distributed import World
from lion_trainer.examples import Examples
from lion_trainer.geometry import Weights
from lion_trainer.llama import Llama
from lion_trainer.lora import Adapter
from lion_trainer.optimizer import AdamWNumbers

Sharding = Literal["off", "full_shard", "shard_grad_op"]
ActivationCheckpointing = Literal["off", "selective", "full"]
AttentionName = Literal["auto", "varlen", "flex", "sdpa"]


@dataclass(frozen=True)
class Lora:
    """Low-rank adaptation (2106.09685): W + alpha / rank · B·A on the targets, named as transformers names its
    projections ("q_proj", …); the weights themselves stay as they are. `dropout` applies to the input of A."""

    rank: int
    alpha: float
    dropout: float = 0.0
    targets: tuple[str, ...] = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


@dataclass(frozen=True)
class Compute:
    """How to compute, apart from what is learned.

    `bf16` means mixed precision on a GPU with float32 masters; a CPU computes in float32 whatever it says.
    `micro_batch_tokens` is the most that one process works on at a time, unless a single example is longer.
    """

    bf16: bool = False
    micro_batch_tokens: int = 8192
    sharding: Sharding = "off"
    cpu_offload: bool = False
    activation_checkpointing: ActivationCheckpointing = "off"
    compile: bool = False
    liger: bool = False
    attention: AttentionName = "auto"
    lora: Lora | None = None


class Trainable(Protocol):
    """A model with its gradients and its optimizer on one or many processes.

    Every method but `state` and `load_state` is called by all processes together. `batch` is always the examples of the
    whole step, the same on every process: each process takes its own share.
    """

    model: Llama
    parameters: int
    trained_parameters: int

    def zero(self) -> None:
        """Forget the gradients and the loss of the step before."""

    def accumulate(self, examples: Examples, batch: Sequence[int], supervised: int) -> None:
        """Add this process's share of the step, in micro-batches. Each token weighs 1 / `supervised`, the number of
        supervised tokens in the whole step. May be called several times between `zero` and `finish`.

        Raises TrainerError at the first call if examples laid behind each other do not stay apart.
        """

    def finish(self, max_grad_norm: float) -> tuple[float, float]:
        """Add up over processes and clip (0: do not); returns the loss of the step and the norm before clipping, the
        same bits on every process."""

    def step(self, rate: float) -> None:
        """One update of AdamW at the given learning rate."""

    def measure(self, examples: Examples, batch: Sequence[int]) -> float:
        """Sum of the cross-entropies of all supervised tokens of the batch, over all processes, without gradients."""

    def state(self) -> dict[str, Any]:
        """What a resumed run needs, flat, for torch.distributed.checkpoint: tensors or DTensors (trained weights and
        both moments) and ints. The tensors are the live ones: loading into them in place loads the run."""

    def load_state(self, state: dict[str, Any]) -> None:
        """Go on from a state of the same names, whether its tensors are those of `state` or copies."""

    def export(self) -> Weights:
        """The full weights in float32 under transformers' names, LoRA merged, on the CPU of the first process; empty on
        the others."""

    def adapter(self) -> Adapter | None:
        """LoRA's matrices for `publish`, on the first process; None on the others, and without LoRA."""


def make_trainable(checkpoint: Checkpoint, numbers: AdamWNumbers, compute: Compute, world: World) -> Trainable:
    """The way to train that `compute` asks for: replicated on every process, or sharded over them."""
    if compute.sharding == "off":
        from lion_trainer.replicated import Replicated

        return Replicated(checkpoint, numbers, compute, world)
    from lion_trainer.sharded import Sharded

    return Sharded(checkpoint, numbers, compute, world)
