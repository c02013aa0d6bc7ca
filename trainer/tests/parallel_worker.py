"""Run under torchrun: the same step in several ways of training; the first process stores what came of each."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import torch
from parallel_cases import CASES, NUMBERS, data, student
from torch import Tensor
from torch.distributed.tensor import DTensor

from lion_trainer.distributed import World
from lion_trainer.trainable import Trainable, make_trainable


def gradients(trainable: Trainable) -> dict[str, Tensor]:
    """The gradient of each trained parameter, put together."""
    found = {}
    for name, parameter in trainable.model.named_parameters():
        gradient = parameter.grad
        if gradient is not None:
            found[name] = (gradient.full_tensor() if isinstance(gradient, DTensor) else gradient).clone()
    return found


def one_step(trainable: Trainable, batch: list[int]) -> tuple[float, float]:
    examples = data()
    trainable.zero()
    trainable.accumulate(examples, batch, int(examples.supervised[batch].sum()))
    return trainable.finish(0.5)


def outcome(case: str, world: World) -> dict[str, Any]:
    """Loss, norm and gradients of a step, the weights after two, and whether a state taken between them leads there."""
    tied, batch, compute = CASES[case]
    trainable = make_trainable(student(tied), NUMBERS, compute, world)
    result: dict[str, Any] = {"first": one_step(trainable, batch), "gradients": gradients(trainable)}
    trainable.step(1e-2)
    result["measured"] = trainable.measure(data(), range(len(data())))
    between = {name: part.clone() if isinstance(part, Tensor) else part for name, part in trainable.state().items()}
    result["second"] = one_step(trainable, batch)
    trainable.step(1e-2)
    resumed = make_trainable(student(tied), NUMBERS, compute, world)
    resumed.load_state(between)
    one_step(resumed, batch)
    resumed.step(1e-2)
    result["weights"], again = trainable.export(), resumed.export()
    result["resumed to the same bits"] = all(torch.equal(again[name], part) for name, part in result["weights"].items())
    adapter = trainable.adapter()
    result["adapter"] = None if adapter is None else adapter.weights
    result["parameters"] = (trainable.parameters, trainable.trained_parameters)
    result["here"] = sum((p.to_local() if isinstance(p, DTensor) else p).numel() for p in trainable.model.parameters())
    return result


def main() -> None:
    world = World.open()
    outcomes = {case: outcome(case, world) for case in sys.argv[2:]}
    if world.rank == 0:
        torch.save(outcomes, Path(sys.argv[1]))
    world.close()


if __name__ == "__main__":
    main()
