"""Packs lose nothing, keep their length, and decide only which examples make up a step."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lion_trainer.batching import Schedule
from lion_trainer.errors import BadInput
from lion_trainer.examples import Examples
from lion_trainer.packing import Packing, best_fit_decreasing, measure_fill, next_fit, plan_course


def examples_of(lengths: list[int]) -> Examples:
    array = np.array(lengths, dtype=np.int64)
    return Examples(np.zeros(array.sum(), dtype=np.int64), np.cumsum(array) - array, array, np.ones_like(array))


def log_normal(count: int, mean: float, sigma: float, longest: int) -> list[int]:
    source = np.random.default_rng(0)
    return np.clip(source.lognormal(mean, sigma, count).astype(int), 8, longest).tolist()


@settings(max_examples=80, deadline=None)
@given(st.lists(st.integers(1, 64), min_size=1, max_size=80), st.integers(64, 128))
def test_packs_hold_every_example_once_and_never_overflow(lengths: list[int], capacity: int) -> None:
    array = np.array(lengths)
    for packs in (best_fit_decreasing(array, capacity), next_fit(range(len(lengths)), array, capacity)):
        assert sorted(one for pack in packs for one in pack) == list(range(len(lengths)))
        assert all(pack and sum(lengths[one] for one in pack) <= capacity for pack in packs)
    assert len(best_fit_decreasing(array, capacity)) <= 2 * -(-sum(lengths) // capacity)


def test_best_fit_decreasing_by_hand() -> None:
    # 7 and 6 open a pack each; 4 fits behind 6 exactly, 3 behind 7 exactly, 2 opens a third.
    packs = best_fit_decreasing(np.array([2, 7, 4, 6, 3]), 10)
    assert packs == ((1, 4), (3, 2), (0,))


def test_next_fit_by_hand() -> None:
    assert next_fit([0, 1, 2, 3], np.array([6, 5, 5, 1]), 10) == ((0,), (1, 2), (3,))


def test_fill_of_lengths_like_orcas() -> None:
    """The reference's simulation: next-fit 2.59 examples and 79.7 % full, best-fit decreasing 3.25 and 99.9 %."""
    examples = examples_of(log_normal(20_000, 6.2, 0.75, 2048))
    found = {}
    for name in ("next-fit", "bfd"):
        packing = Packing(name, 2048, "packs")
        course = plan_course(examples, packing, 20, 1, None, 0)
        found[name] = measure_fill(course, examples, packing, 1, 2048)
    assert found["next-fit"].factor == pytest.approx(2.59, abs=0.1)
    assert found["next-fit"].fill == pytest.approx(0.797, abs=0.02)
    assert found["bfd"].fill > 0.995
    assert "Orca: 2.7 examples a pack" in found["bfd"].line


def test_steps_of_packs_cover_an_epoch_in_a_shuffled_order() -> None:
    examples = examples_of(log_normal(500, 4.5, 0.6, 256))
    course = plan_course(examples, Packing("bfd", 256, "packs"), 4, 2, None, 3)
    assert course.packs is not None
    assert course.steps == 2 * -(-len(course.packs) // 4)
    for epoch in range(2):
        steps = range(epoch * course.steps_per_epoch, (epoch + 1) * course.steps_per_epoch)
        assert sorted(one for step in steps for one in course.batch(step)) == list(range(500))
    longest_per_step = [int(examples.lengths[list(course.batch(step))].max()) for step in range(10)]
    assert longest_per_step != sorted(longest_per_step, reverse=True)
    assert course.batch(0) == plan_course(examples, Packing("bfd", 256, "packs"), 4, 2, None, 3).batch(0)


def test_a_batch_that_counts_samples_takes_as_many_packs_as_hold_them() -> None:
    examples = examples_of(log_normal(2_000, 4.5, 0.6, 1024))
    course = plan_course(examples, Packing("bfd", 1024, "samples"), 128, 1, None, 0)
    sizes = [len(course.batch(step)) for step in range(course.steps - 1)]
    assert np.mean(sizes) == pytest.approx(128, rel=0.1)


def test_without_packs_a_step_is_the_published_batch() -> None:
    examples = examples_of(log_normal(100, 4, 0.5, 64))
    for name in ("step", "none"):
        course = plan_course(examples, Packing(name, 64, "samples"), 16, 1.5, None, 5)
        schedule = Schedule(100, 16, 1.5, 5)
        assert course.steps == schedule.steps
        assert [course.batch(step) for step in range(course.steps)] == [
            schedule.batch(step) for step in range(course.steps)
        ]
    assert plan_course(examples, Packing("step", 64, "samples"), 16, 3, 4, 5).steps == 4


def test_a_pack_shorter_than_an_example_is_refused() -> None:
    with pytest.raises(BadInput, match="--pack_length 50 is shorter than the longest example, 60 tokens"):
        plan_course(examples_of([60, 10]), Packing("bfd", 50, "packs"), 2, 1, None, 0)
