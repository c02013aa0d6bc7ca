"""A training that learns nothing: processes count together, and say, save and resume what they have counted.

Arguments: steps, seconds a step takes. What a job of the trainer does with its directory, in a few lines.
"""

import json
import os
import signal
import sys
import time
from pathlib import Path

import torch
import torch.distributed as dist

steps, pause = int(sys.argv[1]), float(sys.argv[2])
stopped = False


def stop(*_: object) -> None:
    global stopped
    stopped = True


def say(state: str) -> None:
    replaced = Path("state.json.tmp")
    replaced.write_text(json.dumps({"state": state}))
    replaced.replace("state.json")


signal.signal(signal.SIGTERM, stop)
dist.init_process_group("gloo")
rank, size = dist.get_rank(), dist.get_world_size()
saved = Path("out/checkpoint-0/step")
first = int(saved.read_text()) if saved.exists() else 0
seen = [None] * size
dist.all_gather_object(seen, os.environ.get("GREETING", ""))
if rank == 0:
    print(f"{size} processes greet {' and '.join(map(str, seen))} from step {first}", flush=True)
for step in range(first + 1, steps + 1):
    total = torch.tensor([float(rank + 1), float(stopped)])
    dist.all_reduce(total)
    if rank == 0:
        print(f"line {step}: {int(total[0])}", flush=True)
        with open("metrics.jsonl", "a") as metrics:
            metrics.write(json.dumps({"step": step, "steps": steps, "loss": 1 / step}) + "\n")
        saved.parent.mkdir(parents=True, exist_ok=True)
        saved.with_suffix(".tmp").write_text(str(step))
        saved.with_suffix(".tmp").replace(saved)
    if total[1] > 0:
        if rank == 0:
            say("stopped")
        dist.destroy_process_group()
        sys.exit(75)
    time.sleep(pause)
if rank == 0:
    weights = Path("out/checkpoint/model.safetensors")
    weights.parent.mkdir(parents=True)
    weights.write_bytes(b"weights" * 400_000)
    say("done")
dist.destroy_process_group()
