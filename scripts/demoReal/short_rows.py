"""Prints as JSON which rows (ids, in their order) fit into so many tokens, prompt, answer and EOS together.

python short_rows.py ROWS.jsonl MODEL_FOLDER LONGEST
"""

import json
import sys
from pathlib import Path

from lion_trainer.checkpoint import read_tokenizer
from lion_trainer.rows import read_training_rows
from lion_trainer.template import choose_template

rows_file, folder, longest = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
rows = read_training_rows(rows_file)
tokenizer = read_tokenizer(folder)
prompts = choose_template("chat", tokenizer, {}).encode(rows)
answers = tokenizer.encode_text([row.output for row in rows])
lengths = [len(prompt) + len(answer) + 1 for prompt, answer in zip(prompts, answers, strict=True)]
print(json.dumps([int(row.id) for row, length in zip(rows, lengths, strict=True) if length <= longest]))
