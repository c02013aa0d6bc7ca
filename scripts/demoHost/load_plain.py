"""Loads a checkpoint with transformers alone and answers one question, greedily.

python load_plain.py MODEL_FOLDER QUESTION
"""

import json
import sys

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

folder, question = sys.argv[1:]
tokenizer = AutoTokenizer.from_pretrained(folder)
model = AutoModelForCausalLM.from_pretrained(folder)
prompt = tokenizer.apply_chat_template(
    [{"role": "user", "content": question}], add_generation_prompt=True, return_tensors="pt", return_dict=True
)
with torch.inference_mode():
    ids = model.generate(**prompt, do_sample=False, max_new_tokens=64)
answer = tokenizer.decode(ids[0, prompt["input_ids"].shape[1] :], skip_special_tokens=True)
print(json.dumps({"class": type(model).__name__, "parameters": model.num_parameters(), "answer": answer}))
