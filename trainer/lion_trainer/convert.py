"""`python -m lion_trainer.convert`: turn a GGUF file into a checkpoint that loads quickly, once and for all."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from lion_trainer.checkpoint import is_complete, publish, refuse_unusable_output
from lion_trainer.errors import run_command, stop_on_sigterm
from lion_trainer.llama import Llama
from lion_trainer.template import choose_template


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m lion_trainer.convert", description=__doc__, allow_abbrev=False)
    parser.add_argument("--gguf_file", type=Path, required=True, help="a LLaMA in a GGUF file")
    parser.add_argument("--output_dir", type=Path, required=True, help="the checkpoint appears here, whole")
    parser.add_argument("--template", choices=("lion", "chat"), help="default: its own chat template, else lion")
    options = parser.parse_args()
    stop_on_sigterm()
    if is_complete(options.output_dir):
        print(f"{options.output_dir} is complete already; nothing to do.")
        return
    refuse_unusable_output(options.output_dir)
    from lion_trainer.gguf import read_gguf

    began = time.time()
    checkpoint = read_gguf(options.gguf_file)
    template = choose_template(options.template, checkpoint.tokenizer, checkpoint.template_files)
    model = Llama(checkpoint.geometry, checkpoint.weights)
    facts = {"source": options.gguf_file.name, "template": template.name, "seconds": round(time.time() - began, 3)}
    publish(options.output_dir, model.export(), checkpoint, template, facts)
    print(f"{options.output_dir} written from {options.gguf_file.name}")


if __name__ == "__main__":
    run_command(main)
