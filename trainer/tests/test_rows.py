"""Rows are read whole or refused with their place."""

from __future__ import annotations

from pathlib import Path

import pytest

from lion_trainer.errors import BadInput
from lion_trainer.rows import read_prompt_rows, read_training_rows


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"output": "b"}', 'line 1 has no "instruction"'),
        ('{"instruction": "a"}', 'line 1 has no "output"'),
        ('{"instruction": 5, "output": "b"}', 'line 1 has a "instruction" that is not a text'),
        ('{"instruction": "a", "output": "b"}\n7', "line 2 is not a JSON object"),
        ('[{"instruction": "a", "output": "b"}, {}]', 'row 2 has no "instruction"'),
        ("[1, 2", "not valid JSON"),
    ],
)
def test_broken_training_rows(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text(content)
    with pytest.raises(BadInput, match=message):
        read_training_rows(path)


def test_line_separators_and_lone_surrogates_inside_texts(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"id": "1", "instruction": "a\u2028b \\ud800", "input": null}\n', encoding="utf-8")
    (row,) = read_prompt_rows(path)
    assert (row.instruction, row.input, row.key) == ("a\u2028b \ufffd", "", None)


def test_ids_are_needed_and_distinct_for_prompts(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"instruction": "a"}')
    with pytest.raises(BadInput, match='line 1 has no "id"'):
        read_prompt_rows(path)
    path.write_text('{"id": "x", "instruction": "a"}\n{"id": "x", "instruction": "b"}')
    with pytest.raises(BadInput, match=r'line 2 has the id "x" of line 1'):
        read_prompt_rows(path)
