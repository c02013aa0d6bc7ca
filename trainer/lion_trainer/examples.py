"""Training rows as token ids, with what may be learnt from each: the answer and the EOS after it, never the prompt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from lion_trainer.rows import TrainingRow
from lion_trainer.template import Template
from lion_trainer.tokenizer import StudentTokenizer

Integers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Examples:
    """All examples' tokens behind each other.

    tokens: every example's prompt, answer and EOS; starts [n] and lengths [n]: where each lies; prompts [n]: how many
    of its tokens are the prompt. The rest are supervised: predicted by the token before.
    dropped: {id, reason} of rows that teach nothing; truncated: ids whose answer was cut (they train no EOS).
    """

    tokens: Integers
    starts: Integers
    lengths: Integers
    prompts: Integers
    dropped: list[dict[str, str]] = field(default_factory=list)
    truncated: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.lengths)

    @property
    def supervised(self) -> Integers:
        """Supervised tokens of each example [n]."""
        return self.lengths - self.prompts


def encode_examples(
    rows: Sequence[TrainingRow], template: Template, tokenizer: StudentTokenizer, longest: int
) -> Examples:
    """Tokenize prompt and answer separately and join the ids, so that no token spans the boundary of the loss.

    An example longer than `longest` tokens loses its end, and with it the EOS: a cut answer does not teach to stop.
    """
    prompts = template.encode(rows)
    answers = tokenizer.encode_text([row.output for row in rows])
    sequences: list[list[int]] = []
    prompt_lengths: list[int] = []
    dropped: list[dict[str, str]] = []
    truncated: list[str] = []
    for row, prompt, answer in zip(rows, prompts, answers, strict=True):
        sequence = [*prompt, *answer, tokenizer.eos_id]
        if not answer:
            dropped.append({"id": row.id, "reason": "the answer is empty"})
        elif len(prompt) >= longest:
            dropped.append({"id": row.id, "reason": f"the prompt alone fills {longest} tokens"})
        else:
            if len(sequence) > longest:
                truncated.append(row.id)
            sequences.append(sequence[:longest])
            prompt_lengths.append(len(prompt))
    lengths = np.array([len(sequence) for sequence in sequences], dtype=np.int64)
    tokens = np.fromiter((token for sequence in sequences for token in sequence), dtype=np.int64)
    starts = np.cumsum(lengths) - lengths
    return Examples(tokens, starts, lengths, np.array(prompt_lengths, dtype=np.int64), dropped, truncated)
