"""The command that people have in their notes since 2023 runs as it stands."""

from __future__ import annotations

import json
import os
import shlex
import socket
import subprocess
import sys
from pathlib import Path

from conftest import Student, task_rows
from test_arguments import PUBLISHED
from transformers import AutoModelForCausalLM, AutoTokenizer

TRAINER = Path(__file__).resolve().parent.parent


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def test_the_published_line_verbatim_under_torchrun(student: Student, tmp_path: Path) -> None:
    """Only paths, the port and the number of processes are filled in. The data has the form of ChatGPT's answers."""
    data = tmp_path / "inference.json"
    rows = task_rows(80, seed=3)
    data.write_text(json.dumps([{"instruction": row["instruction"], "output": row["output"]} for row in rows]))
    line = PUBLISHED.replace("<path_to_hf_converted_llama_ckpt_and_tokenizer>", shlex.quote(str(student.folder)))
    line = line.replace("<path_to_chatgpt_inference>", shlex.quote(str(data)))
    line = line.replace("--output_dir result", f"--output_dir {shlex.quote(str(tmp_path / 'result'))}")
    torchrun = str(Path(sys.executable).with_name("torchrun"))
    command = [torchrun, "--nproc_per_node=2", f"--master_port={free_port()}", "src/train.py", *shlex.split(line)]
    ran = subprocess.run(
        command,
        cwd=TRAINER,
        capture_output=True,
        text=True,
        timeout=100,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    said = ran.stdout.splitlines()
    for note in (
        "note: --per_device_train_batch_size 2 × --gradient_accumulation_steps 8 × 2 processes → --batch_size 32",
        "note: --evaluation_strategy no → --eval_steps 0 (held-out rows, if there are any, are measured at both ends)",
        'note: --fsdp "full_shard auto_wrap" → --fsdp full_shard (FSDP2, each layer by itself)',
        "note: --precision bf16 needs a GPU; training in fp32",
        "note: --model_max_length 1024 is more than the model's 64 positions; using those",
        "note: --warmup_ratio 0.03 → warm-up of 1 of 9 steps",
    ):
        assert said.count(note) == 1, ran.stdout  # and once, not once a process
    summary = json.loads((tmp_path / "result" / "summary.json").read_text())
    assert (summary["steps"], summary["processes"], summary["batch_size"]) == (9, 2, 32)
    assert summary["compute"]["sharding"] == "full_shard"
    assert summary["command_line"][-len(shlex.split(line)) :] == shlex.split(line)
    assert summary["loss_last"] < summary["loss_first"]
    model = AutoModelForCausalLM.from_pretrained(tmp_path / "result")
    assert model.config.vocab_size >= len(AutoTokenizer.from_pretrained(tmp_path / "result"))
