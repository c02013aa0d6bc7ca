"""The published command names this file (`torchrun … src/train.py …`, in the folder above): `lion_trainer.train`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from lion_trainer.errors import run_command
from lion_trainer.train import main

if __name__ == "__main__":
    run_command(main)
