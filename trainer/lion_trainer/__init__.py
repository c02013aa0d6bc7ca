"""The trainer of Lion Curator: `train`, `generate` and `convert`, each a module to run with `python -m`."""
