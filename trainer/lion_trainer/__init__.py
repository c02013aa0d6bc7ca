"""The trainer of Lion Curator: `train`, `generate` and `convert`, each a module to run with `python -m`."""

import os

# Threads that wait for each other by spinning take each other's core on a busy machine: two threads of a small student
# then get a tenth of what one gets. This has to be set before torch is loaded.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

VERSION = "0.1.0"
