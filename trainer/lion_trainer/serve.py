"""`python -m lion_trainer.serve`: a student as an OpenAI-compatible endpoint for this machine alone."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import torch

from lion_trainer.builtin_engine import use_bf16
from lion_trainer.checkpoint import read_checkpoint
from lion_trainer.distributed import settle_threads
from lion_trainer.errors import BadInput, Stopped, TrainerError, run_command, stop_on_sigterm
from lion_trainer.files import StateFile, replace_file, to_json
from lion_trainer.http_front import Front, loopback_address
from lion_trainer.llama import Llama
from lion_trainer.openai_form import Defaults, RequestReader
from lion_trainer.sampling import LION_TEMPERATURE
from lion_trainer.serving import ServingEngine
from lion_trainer.template import choose_template


def parse_arguments(arguments: list[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m lion_trainer.serve", description=__doc__, allow_abbrev=False)
    add = parser.add_argument
    add("--model", type=Path, required=True, help="folder of a LLaMA checkpoint")
    add("--host", default="127.0.0.1", help="a loopback address; others are refused")
    add("--port", type=int, default=0, help="0: any free one")
    add("--ready", type=Path, help="a JSON file {port, pid, model} that appears when requests are answered")
    add("--state", type=Path, help="a small JSON file that always says how the job stands")
    add("--model_name", help="the name that requests must give (default: the folder's)")
    add("--template", choices=("lion", "chat"), help="default: what the checkpoint was trained with")
    add("--temperature", type=float, default=LION_TEMPERATURE, help="where a request says nothing; default: Lion's")
    add("--max_new_tokens", type=int, default=1024, help="where a request says nothing; default: Lion's")
    add("--batch_tokens", type=int, default=16384, help="most tokens (prompts and answers) in work at a time")
    add("--precision", choices=("fp32", "bf16"), default="fp32", help="bf16: on a GPU only")
    options = parser.parse_args(arguments)
    loopback_address(options.host)
    if options.max_new_tokens < 1 or options.batch_tokens < 1 or not 0 <= options.temperature <= 2:
        raise BadInput("--max_new_tokens and --batch_tokens must be at least 1, --temperature from 0 to 2.")
    return options


def main() -> None:
    """Run the command; it ends with 0 when it is asked to end."""
    options = parse_arguments()
    stop_on_sigterm()
    state = StateFile(options.state)
    state.write("running", "reading the model")
    try:
        _serve(options, state)
    except (Stopped, KeyboardInterrupt):
        state.write("done", "ended")
        print("ended", flush=True)
    except BaseException as error:
        said = isinstance(error, BadInput | TrainerError)
        state.write("failed", str(error) if said else f"{type(error).__name__}: {error}")
        raise


def _serve(options: argparse.Namespace, state: StateFile) -> None:
    checkpoint = read_checkpoint(options.model)
    template = choose_template(options.template, checkpoint.tokenizer, checkpoint.template_files)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    model = Llama(checkpoint.geometry, checkpoint.weights).requires_grad_(False).to(device)
    if options.precision == "bf16" and device.type == "cuda":
        use_bf16(model)
    settle_threads(sum(parameter.numel() for parameter in model.parameters()))
    name = options.model_name or options.model.resolve().name
    reader = RequestReader(checkpoint, template, Defaults(name, options.temperature, options.max_new_tokens))
    engine = ServingEngine(model, checkpoint.stop_ids(), options.batch_tokens)
    front = Front(options.host, options.port, engine, reader, checkpoint.tokenizer, name)
    state.write("running", f"answering on port {front.port}")
    if options.ready is not None:
        replace_file(options.ready, to_json({"port": front.port, "pid": os.getpid(), "model": name}) + "\n")
    print(f"{name} answers at http://{options.host}:{front.port}/v1 (ssh -L brings it elsewhere)", flush=True)
    try:
        front.serve_forever()
    finally:
        if options.ready is not None:
            options.ready.unlink(missing_ok=True)


if __name__ == "__main__":
    run_command(main)
