"""Our model is transformers' model: same logits, same gradients, same file."""

from __future__ import annotations

from typing import Any

import pytest
import torch
import torch.nn.functional as F
from transformers import LlamaConfig, LlamaForCausalLM

from lion_trainer.errors import BadInput
from lion_trainer.geometry import Geometry, random_weights
from lion_trainer.llama import Llama, TokenRows

LLAMA3 = {
    "rope_type": "llama3",
    "rope_theta": 500000.0,
    "factor": 8.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 32,
}
CONFIGS: list[dict[str, Any]] = [
    {"num_key_value_heads": 4, "tie_word_embeddings": True},
    {"num_key_value_heads": 2, "tie_word_embeddings": False, "attention_bias": True, "mlp_bias": True},
    {"num_key_value_heads": 1, "tie_word_embeddings": True, "rope_parameters": LLAMA3, "head_dim": 8},
    {"num_key_value_heads": 4, "rope_parameters": {"rope_type": "linear", "factor": 2.0, "rope_theta": 10000.0}},
]


def both(config: dict[str, Any]) -> tuple[LlamaForCausalLM, Llama]:
    config = {
        "vocab_size": 97,
        "hidden_size": 64,
        "intermediate_size": 112,
        "num_hidden_layers": 3,
        "num_attention_heads": 4,
        "max_position_embeddings": 128,
        "initializer_range": 0.1,
        **config,
    }
    torch.manual_seed(1)
    theirs = LlamaForCausalLM(LlamaConfig(**config)).eval()
    for name, parameter in theirs.named_parameters():
        if "norm" in name or "bias" in name:
            parameter.data.normal_(1, 0.3)
    geometry = Geometry.from_config(config, "the test")
    weights = theirs.state_dict()
    return theirs, Llama(geometry, {name: weights[name].clone() for name in geometry.shapes()})


@pytest.mark.parametrize("config", CONFIGS)
def test_logits_and_gradients_equal_transformers(config: dict[str, Any]) -> None:
    theirs, ours = both(config)
    sequences = [torch.randint(0, 97, (length,)) for length in (5, 17, 1, 9)]
    lengths = torch.tensor([len(sequence) for sequence in sequences])
    total = int(lengths.sum())
    rows = TokenRows.build(torch.cat(sequences), lengths, torch.arange(total))
    expected = torch.cat([theirs(sequence[None]).logits[0] for sequence in sequences])
    torch.testing.assert_close(ours.logits(ours.hidden_states(rows)), expected, rtol=1e-5, atol=1e-5)

    targets = torch.randint(0, 97, (total,))
    ours(rows, targets).backward()
    F.cross_entropy(expected, targets, reduction="sum").backward()
    wanted = Llama(ours.geometry, {name: theirs.get_parameter(name).grad for name in ours.geometry.shapes()})
    for (name, mine), reference in zip(ours.named_parameters(), wanted.parameters(), strict=True):
        scale = float(reference.detach().abs().max())
        torch.testing.assert_close(mine.grad, reference.data, rtol=1e-4, atol=1e-5 * scale, msg=name)


def test_only_chosen_positions_are_computed() -> None:
    _, ours = both(CONFIGS[0])
    tokens, lengths = torch.randint(0, 97, (14,)), torch.tensor([6, 8])
    everywhere = ours.hidden_states(TokenRows.build(tokens, lengths, torch.arange(14)))
    chosen = torch.tensor([3, 5, 13])
    torch.testing.assert_close(ours.hidden_states(TokenRows.build(tokens, lengths, chosen)), everywhere[chosen])


@pytest.mark.parametrize("config", CONFIGS)
def test_export_returns_the_very_weights(config: dict[str, Any]) -> None:
    theirs, ours = both(config)
    exported = ours.export()
    assert set(exported) == {name for name, _ in theirs.named_parameters()}
    for name, tensor in exported.items():
        assert torch.equal(tensor, theirs.state_dict()[name]), name


def test_random_weights_depend_on_the_seed_alone() -> None:
    geometry = Geometry.from_config({"hidden_size": 16, "num_attention_heads": 2, "num_hidden_layers": 1}, "the test")
    first, again, other = (random_weights(geometry, seed) for seed in (3, 3, 4))
    name = "model.layers.0.mlp.up_proj.weight"
    assert all(torch.equal(first[key], again[key]) for key in first)
    assert not torch.equal(first[name], other[name])
    assert abs(float(first[name].std()) - 0.02) < 0.002


@pytest.mark.parametrize(
    "config",
    [{"model_type": "mamba"}, {"hidden_act": "gelu"}, {"rope_scaling": {"type": "yarn"}}, {"num_key_value_heads": 5}],
)
def test_what_is_no_llama_is_refused(config: dict[str, Any]) -> None:
    with pytest.raises(BadInput, match="the test"):
        Geometry.from_config(config, "the test")
