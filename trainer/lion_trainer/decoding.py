"""Answering a batch of prompts token by token, with a cache of keys and values."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor

from lion_trainer.kernels import turn_in_place
from lion_trainer.llama import Llama, LlamaLayer, TokenRows
from lion_trainer.sampling import Chooser

FinishReason = Literal["stop", "length"]


@dataclass(frozen=True)
class Answer:
    """A generated answer. `tokens` has no stop token; `generated` counts every token drawn, a stop token included."""

    tokens: list[int]
    generated: int
    finish_reason: FinishReason

    @classmethod
    def of(cls, drawn: list[int], stop_ids: Collection[int]) -> Answer:
        """The answer whose tokens were drawn, the last of which may be a stop token."""
        if drawn and drawn[-1] in stop_ids:
            return cls(drawn[:-1], len(drawn), "stop")
        return cls(drawn, len(drawn), "length")


class _Cache:
    """Keys and values of every row still in work, and how far each row is.

    Columns: first the prompts, padded on the right, then one column per generated token, the same for all rows. A mask
    hides the padding between; positions are the rows' own, so the gap means nothing.
    """

    def __init__(self, model: Llama, lengths: Tensor, width: int, room: int) -> None:
        geometry = model.geometry
        shape = (len(lengths), geometry.kv_heads, width + room, geometry.head_dim)
        make = {"dtype": model.embedding.dtype, "device": model.embedding.device}
        self.keys = [torch.empty(shape, **make) for _ in range(geometry.layers)]  # type: ignore[call-overload]
        self.values = [torch.empty(shape, **make) for _ in range(geometry.layers)]  # type: ignore[call-overload]
        self.used = width
        self.lengths = lengths
        columns = torch.arange(width + room, device=lengths.device)
        self.visible = ((columns < lengths[:, None]) | (columns >= width))[:, None, None, :]

    def keep_prompt(self, layer: int, keys: Tensor, values: Tensor) -> None:
        """Store what the prompt pass hands over: [rows, kv_heads, width, dim]."""
        self.keys[layer][:, :, : self.used] = keys
        self.values[layer][:, :, : self.used] = values

    def keep_only(self, rows: Tensor) -> None:
        """Forget all rows but these (indices into the present rows)."""
        for layer, (keys, values) in enumerate(zip(self.keys, self.values, strict=True)):
            self.keys[layer] = keys.index_select(0, rows)
            self.values[layer] = values.index_select(0, rows)
        self.lengths = self.lengths.index_select(0, rows)
        self.visible = self.visible.index_select(0, rows)


class Decoding:
    """A batch in work: every `advance` draws the next token of each row.

    Finished rows are dropped from the work as soon as they are a quarter of it; earlier, the copies of the others'
    cache cost what is saved. What is computed depends on the batch alone (and on what is given up), so the same batch
    gives the same bits.
    """

    @torch.inference_mode()
    def __init__(
        self,
        model: Llama,
        prompts: Sequence[Sequence[int]],
        room: Sequence[int],
        stop_ids: Collection[int],
        choose: Chooser,
    ) -> None:
        """Prompts are token ids, none empty; row i draws at most `room[i]` ≥ 1 tokens."""
        device = model.embedding.device
        lengths = torch.tensor([len(prompt) for prompt in prompts])
        flat = torch.tensor([token for prompt in prompts for token in prompt])
        batch = TokenRows.build(flat, lengths, lengths.cumsum(0) - 1).to(device)
        self._model, self._choose = model, choose
        self._limits = torch.tensor(list(room), device=device)
        self._stops = torch.tensor(sorted(stop_ids), device=device)
        self._cache = _Cache(model, lengths.to(device), batch.width, max(room))
        self._drawn = torch.zeros(len(prompts), max(room), dtype=torch.int64, device=device)
        self._generated = torch.zeros(len(prompts), dtype=torch.int64, device=device)
        self._rows = torch.arange(len(prompts), device=device)
        self._running = torch.ones(len(prompts), dtype=torch.bool, device=device)
        self._hidden = model.hidden_states(batch, self._cache.keep_prompt)
        self._tokens = self._rows  # of the latest step, when there was one
        self._step = 0
        self.left = len(prompts)  # rows that are not finished

    @torch.inference_mode()
    def advance(self) -> None:
        """Draw a token for every row that is not finished; there must be one."""
        if self._step > 0:
            self._drop_finished()
            self._hidden = _next_hidden(self._model, self._tokens, self._cache)
        tokens = self._choose(self._model.logits(self._hidden).float(), self._rows, self._step)
        self._drawn[self._rows, self._step] = tokens
        self._step += 1
        self._generated[self._rows[self._running]] = self._step
        self._running &= ~torch.isin(tokens, self._stops) & (self._limits[self._rows] > self._step)
        self._tokens = tokens
        self.left = int(self._running.sum())

    @torch.inference_mode()
    def give_up(self, row: int) -> None:
        """Nobody wants this row's answer any more."""
        self._running &= self._rows != row
        self.left = int(self._running.sum())

    def drawn(self) -> list[list[int]]:
        """What every row has drawn so far, a stop token included."""
        counts = self._generated.tolist()
        return [row[:count] for row, count in zip(self._drawn[:, : self._step].tolist(), counts, strict=True)]

    def latest(self) -> list[tuple[int, int, bool]]:
        """(row, token, whether the row goes on) of the latest step, for the rows that drew in it."""
        drew = self._generated[self._rows] == self._step
        columns = (self._rows[drew].tolist(), self._tokens[drew].tolist(), self._running[drew].tolist())
        return list(zip(*columns, strict=True))

    def _drop_finished(self) -> None:
        if 4 * self.left <= 3 * len(self._rows):
            kept = self._running.nonzero().squeeze(-1)
            self._cache.keep_only(kept)
            self._rows, self._tokens, self._running = self._rows[kept], self._tokens[kept], self._running[kept]


def answer_batch(
    model: Llama, prompts: Sequence[Sequence[int]], room: Sequence[int], stop_ids: Collection[int], choose: Chooser
) -> list[Answer]:
    """Answers to a batch of prompts (token ids, none empty); row i generates at most `room[i]` ≥ 1 tokens."""
    decoding = Decoding(model, prompts, room, stop_ids, choose)
    while decoding.left:
        decoding.advance()
    return [Answer.of(drawn, stop_ids) for drawn in decoding.drawn()]


def _next_hidden(model: Llama, tokens: Tensor, cache: _Cache) -> Tensor:
    """Normed hidden states [rows, hidden] of the tokens just drawn [rows], which join the cache."""
    # A finished row that still waits to be dropped may stand beyond the last position; what it computes is not used.
    positions = cache.lengths.clamp(max=model.geometry.positions - 1)
    turns = model.turns[positions][:, None]
    x = F.embedding(tokens, model.embedding)
    for index, layer in enumerate(model.decoder_layers()):
        mixed = _attend_to_cache(layer, index, layer.project(x), turns, cache)
        x = layer.finish(x, mixed)
    cache.used += 1
    cache.lengths = cache.lengths + 1
    return model.normed(x)


def _attend_to_cache(layer: LlamaLayer, index: int, qkv: Tensor, turns: Tensor, cache: _Cache) -> Tensor:
    rows, end = len(qkv), cache.used + 1
    heads = qkv.view(rows, -1, layer.dim)
    turn_in_place(heads[:, : layer.heads + layer.kv_heads], turns)
    queries, keys, values = heads.split([layer.heads, layer.kv_heads, layer.kv_heads], dim=1)
    cache.keys[index][:, :, cache.used] = keys
    cache.values[index][:, :, cache.used] = values
    # The heads that share keys and values are queries of one head: nothing has to be copied for them.
    mixed = _attention(
        queries.reshape(rows, layer.kv_heads, -1, layer.dim),
        cache.keys[index][:, :, :end],
        cache.values[index][:, :, :end],
        cache.visible[..., :end],
    )
    return mixed.reshape(rows, -1)


def _attention(queries: Tensor, keys: Tensor, values: Tensor, visible: Tensor) -> Tensor:
    """What the queries [rows, kv_heads, n, dim] of one position see of keys and values [rows, kv_heads, columns, dim].

    On a CPU two products take half the time of the fused kernel, which is made for long queries.
    """
    if queries.device.type != "cpu" or queries.dtype != torch.float32:
        return F.scaled_dot_product_attention(queries, keys, values, attn_mask=visible)
    scores = queries.mul(queries.shape[-1] ** -0.5).matmul(keys.transpose(-1, -2))
    return scores.masked_fill_(~visible, -torch.inf).softmax(dim=-1).matmul(values)
