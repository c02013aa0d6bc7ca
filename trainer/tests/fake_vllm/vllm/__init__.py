"""Stands in for vLLM, which needs a GPU: the two classes that `vllm_worker` uses, with vLLM's names and manners.

It checks what vLLM would check, answers without a model (the prompt's tokens backwards, then the first stop token) and
behaves as FAKE_VLLM says: `die`, `quit` or `hang` in the second wave, or `lose` an answer.
"""

import json
import os
import signal
import sys
import time
from dataclasses import dataclass


@dataclass
class SamplingParams:
    temperature: float = 1.0
    top_p: float = 1.0
    seed: int | None = None
    max_tokens: int | None = 16
    stop_token_ids: list[int] | None = None
    detokenize: bool = True


@dataclass
class CompletionOutput:
    token_ids: tuple[int, ...]
    finish_reason: str


@dataclass
class RequestOutput:
    prompt_token_ids: list[int]
    outputs: list[CompletionOutput]


class LLM:
    def __init__(
        self,
        model: str,
        *,
        skip_tokenizer_init: bool = False,
        tensor_parallel_size: int = 1,
        dtype: str = "auto",
        seed: int | None = None,
        **options: object,
    ) -> None:
        assert skip_tokenizer_init and tensor_parallel_size == 1 and dtype in ("bfloat16", "float32")
        assert options.keys() == {"max_model_len", "generation_config"}, options
        with open(os.path.join(model, "config.json")) as stream:
            self.longest = json.load(stream)["max_position_embeddings"]
        assert options["max_model_len"] == self.longest
        self.mode = os.environ.get("FAKE_VLLM", "")
        self.waves = 0
        print("INFO vLLM speaks on standard output", {"torchrun": "RANK" in os.environ}, flush=True)
        assert "torch" not in sys.modules and not any(name.startswith("lion_trainer") for name in sys.modules)

    def generate(
        self, prompts: list[dict[str, list[int]]], sampling_params: list[SamplingParams], *, use_tqdm: bool = True
    ) -> list[RequestOutput]:
        assert len(prompts) == len(sampling_params) and not use_tqdm
        self.waves += 1
        if self.waves == 2 and self.mode == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        if self.waves == 2 and self.mode == "quit":
            sys.exit(0)
        if self.waves == 2 and self.mode == "hang":
            time.sleep(600)
        outputs = [self._answer(*pair) for pair in zip(prompts, sampling_params, strict=True)]
        return outputs[1:] if self.mode == "lose" else outputs

    def _answer(self, prompt: dict[str, list[int]], how: SamplingParams) -> RequestOutput:
        ids = prompt["prompt_token_ids"]
        assert not how.detokenize and how.stop_token_ids and how.max_tokens and how.seed is not None
        assert len(ids) + how.max_tokens <= self.longest
        tokens = [*reversed(ids), how.stop_token_ids[0]]
        whole = len(tokens) <= how.max_tokens
        return RequestOutput(ids, [CompletionOutput(tuple(tokens[: how.max_tokens]), "stop" if whole else "length")])
