"""Activation checkpointing (1604.06174): forget what a layer computed, and compute it again in the backward pass."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from lion_trainer.llama import Llama

if TYPE_CHECKING:
    from lion_trainer.trainable import ActivationCheckpointing


def recompute_activations(model: Llama, kind: ActivationCheckpointing) -> None:
    """Keep only the input of every layer ("full", a third more arithmetic) or of every second one ("selective", a
    sixth); "off" keeps everything."""
    if kind == "off":
        return
    from torch.utils.checkpoint import checkpoint

    for index, layer in enumerate(model.decoder_layers()):
        if kind == "full" or index % 2 == 0:
            # The forward pass itself, within the hooks that sharding puts around the layer.
            layer.forward = partial(checkpoint, layer.forward, use_reentrant=False)  # type: ignore[method-assign]
