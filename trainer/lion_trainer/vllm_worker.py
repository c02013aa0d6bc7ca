"""Answers token-id prompts by vLLM, in vLLM's own Python, which has none of our packages: only the standard library and
vllm are imported here. `vllm_engine` starts it with two paths and reads the rows that it writes.

The first line of the requests is {"llm": arguments of vllm.LLM, "stop_token_ids": [], "temperature", "top_p", "wave"};
every other is {"index", "prompt": token ids, "max_tokens", "seed"}. A row of the results is {"index", "tokens",
"finish_reason"}. Results are written wave by wave, in whole lines.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from typing import Any

NO_VLLM_EXIT = 3

# Python puts this file's folder first among the places that it imports from; our modules there must not hide others'.
_HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:] = [path for path in sys.path if os.path.abspath(path or ".") != _HERE]


def end_with_parent() -> None:
    """Our standard input is a pipe that nobody writes to: it ends when the process that started us does."""

    def wait() -> None:
        while os.read(0, 1):
            pass
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


def answer(requests: str, results: str) -> int:
    """Answer all requests; returns the exit code."""
    try:
        from vllm import LLM, SamplingParams  # type: ignore[import-not-found,unused-ignore]
    except ImportError as error:
        print(f"vllm cannot be imported: {error}", file=sys.stderr)
        return NO_VLLM_EXIT
    with open(requests, encoding="utf-8") as stream:
        head: dict[str, Any] = json.loads(stream.readline())
        questions: list[dict[str, Any]] = [json.loads(line) for line in stream]
    llm = LLM(**head["llm"])
    with open(results, "a", encoding="utf-8") as stream:
        for start in range(0, len(questions), head["wave"]):
            wave = questions[start : start + head["wave"]]
            sampling = [
                SamplingParams(
                    temperature=head["temperature"],
                    top_p=head["top_p"],
                    seed=one["seed"],
                    max_tokens=one["max_tokens"],
                    stop_token_ids=head["stop_token_ids"],
                    detokenize=False,
                )
                for one in wave
            ]
            outputs = llm.generate([{"prompt_token_ids": one["prompt"]} for one in wave], sampling, use_tqdm=False)
            for one, output in zip(wave, outputs, strict=True):
                if list(output.prompt_token_ids) != one["prompt"]:
                    raise ValueError(f"vLLM answered another prompt than number {one['index']}")
                best = output.outputs[0]
                row = {"index": one["index"], "tokens": list(best.token_ids), "finish_reason": best.finish_reason}
                stream.write(json.dumps(row) + "\n")
            stream.flush()
    return 0


if __name__ == "__main__":
    end_with_parent()
    sys.exit(answer(sys.argv[1], sys.argv[2]))
