"""The processes that share one run: started by torchrun, or a single one that knows no others."""

from __future__ import annotations

import os
import sys
from datetime import timedelta
from typing import Any

import torch

from lion_trainer.errors import BadInput

# A slow rank may be a whole batch of answers behind the others; only a dead one should end the run, and torchrun
# notices that by itself.
PATIENCE = timedelta(days=1)


# Below this many parameters the operations are too short to share: threads then lose more by waiting for each other
# than they gain, and on a busy machine they lose nearly everything. Processes share such work better.
PARAMETERS_WORTH_THREADS = 10_000_000


def settle_threads(parameters: int) -> None:
    """One thread for a small student on a CPU, torch's own choice for others; OMP_NUM_THREADS wins over both."""
    if "OMP_NUM_THREADS" not in os.environ and parameters < PARAMETERS_WORTH_THREADS:
        torch.set_num_threads(1)


class World:
    """What one process knows of the run: its rank, how many there are, its device, and how to add up with the others.

    The store is torchrun's own key-value server (None for a single process).
    """

    def __init__(self, rank: int, size: int, device: torch.device, store: Any) -> None:
        self.rank = rank
        self.size = size
        self.device = device
        self._store = store
        self._grouped = False

    @classmethod
    def open(cls) -> World:
        """Read torchrun's environment variables and meet the other processes.

        A GPU is used if there is one; with several processes each takes the one of its local rank.
        """
        rank, size = int(os.environ.get("RANK", "0")), int(os.environ.get("WORLD_SIZE", "1"))
        local_rank = int(os.environ.get("LOCAL_RANK", "0"))
        device = torch.device("cpu")
        if torch.cuda.is_available():
            if local_rank >= torch.cuda.device_count():
                raise BadInput(f"--nproc_per_node asks for more processes than the {torch.cuda.device_count()} GPUs.")
            device = torch.device("cuda", local_rank)
            torch.cuda.set_device(device)
        if size == 1:
            return cls(rank, size, device, None)
        from torch.distributed.rendezvous import rendezvous

        if os.environ.get("LOCAL_WORLD_SIZE") == str(size):
            # All on this host: the loopback device works where the host's own name resolves to nothing.
            os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo0" if sys.platform == "darwin" else "lo")
        store, rank, size = next(rendezvous("env://", timeout=PATIENCE))
        return cls(rank, size, device, store)

    def join(self) -> None:
        """Open torch's process group, if it is not open yet: on a CPU gloo, on a GPU NCCL with gloo beside it for what
        lies on the CPU. A single process may have one too: sharding asks for it."""
        import torch.distributed as dist

        if self._grouped:
            return
        backend = "cpu:gloo,cuda:nccl" if self.device.type == "cuda" else "gloo"
        store = self._store if self._store is not None else dist.HashStore()  # type: ignore[attr-defined]
        dist.init_process_group(backend, store=store, rank=self.rank, world_size=self.size, timeout=PATIENCE)
        self._grouped = True

    def sum_in_place(self, tensor: torch.Tensor) -> None:
        """Replace the tensor by its sum over all processes; every process ends up with the same bits."""
        if self.size == 1:
            return
        import torch.distributed as dist

        self.join()
        dist.all_reduce(tensor)

    def count(self, name: str, amount: int) -> int:
        """Add to a counter that all processes share and return its value; in a single process, the amount itself."""
        return int(self._store.add(f"lion/{name}", amount)) if self._store is not None else amount

    def meet(self, name: str) -> None:
        """Wait until every process has come to the point of that name. Each name serves once."""
        if self._store is None:
            return
        if self.count(f"meet/{name}", 1) == self.size:
            self._store.set(f"lion/met/{name}", "yes")
        self._store.wait([f"lion/met/{name}"], PATIENCE)

    def close(self) -> None:
        """Let the other processes go; without this one of them may miss the last message."""
        self.meet("close")
        if self._grouped:
            import torch.distributed as dist

            dist.destroy_process_group()
