"""Low-rank adaptation (2106.09685): what it adds to a projection, its place in a layer, and peft's file of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lion_trainer.geometry import Weights


@dataclass(frozen=True)
class Adapter:
    """LoRA's matrices under peft's names, and the `adapter_config.json` that belongs to them."""

    weights: Weights
    config: dict[str, Any]
