"""Prompts and tokens: byte for byte what was meant, and back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from conftest import Student, task_rows
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer
from transformers import AutoTokenizer, PreTrainedTokenizerFast

from lion_trainer.errors import BadInput
from lion_trainer.rows import PromptRow, TrainingRow
from lion_trainer.template import ChatTemplate, LionTemplate, choose_template, lion_body
from lion_trainer.tokenizer import StudentTokenizer
from lion_trainer.vocabulary import SMALLEST_SIZE, train_tokenizer

CHAT_ML = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)


def training_rows(count: int) -> list[TrainingRow]:
    return [TrainingRow(row["id"], row["instruction"], "", "", row["output"]) for row in task_rows(count)]


def tokenizer_for(rows: list[TrainingRow], size: int = 400) -> StudentTokenizer:
    return train_tokenizer([text for row in rows for text in (lion_body(row), row.output)], size, 64)


WORDS = tokenizer_for(training_rows(60))
PIECES = tokenizer_for(training_rows(60), size=280)


@settings(max_examples=150, deadline=None)
@given(st.text(), st.sampled_from([WORDS, PIECES]))
def test_any_text_comes_back_exactly(text: str, tokenizer: StudentTokenizer) -> None:
    assert tokenizer.decode(tokenizer.encode_text([text])[0]) == text


def test_words_and_characters_are_single_tokens() -> None:
    ids = WORDS.encode_text(["amber kettle Reverse these letters: A B C D pine mosaic"])[0]
    assert [WORDS.decode([one]) for one in ids] == (
        ["amber", " kettle", " Reverse", " these", " letters:", " A", " B", " C", " D", " pine", " mosaic"]
    )
    assert [WORDS.decode([one]) for one in WORDS.encode_text(["D12ABC"])[0]] == list("D12ABC")


def test_an_example_takes_about_eighteen_tokens() -> None:
    rows = training_rows(60)
    prompts = LionTemplate(WORDS).encode(rows)
    answers = WORDS.encode_text([row.output for row in rows])
    letters = sum(len(row.output.split()) for row in rows) / len(rows)
    mean = sum(len(prompt) + len(answer) + 1 for prompt, answer in zip(prompts, answers, strict=True)) / len(rows)
    assert mean == pytest.approx(11 + 2 * letters, abs=0.2)  # BOS, 2 headings, 7 words, EOS; each letter twice


def test_special_tokens_in_a_text_stay_text() -> None:
    ids = WORDS.encode_text(["a</s>b<pad>"])[0]
    assert not {WORDS.eos_id, WORDS.pad_id} & set(ids)
    assert WORDS.decode(ids) == "a</s>b<pad>"


def test_a_small_vocabulary_falls_back_to_merges_and_keeps_its_limit() -> None:
    assert PIECES.size <= 280
    with pytest.raises(BadInput, match=str(SMALLEST_SIZE)):
        tokenizer_for(training_rows(5), size=100)


def test_the_exported_tokenizer_is_the_same_in_transformers(student: Student) -> None:
    theirs = AutoTokenizer.from_pretrained(student.folder)
    for text in ("amber kettle Reverse these letters: A B", "héllo\n\nwörld 日本 ABC 12", " \t x"):
        ours = StudentTokenizer(
            {name: (student.folder / name).read_bytes() for name in ("tokenizer.json", "tokenizer_config.json")}, "test"
        )
        ids = ours.encode_text([text])[0]
        assert theirs(text, add_special_tokens=False).input_ids == ids
        assert theirs.decode(ids, skip_special_tokens=True) == text
    assert (theirs.bos_token_id, theirs.eos_token_id, theirs.pad_token_id) == (1, 2, 3)


@pytest.mark.parametrize("system", ["", "Be brief.\n", "  {instruction}"])
@pytest.mark.parametrize("extra", ["", "A {input}\n\n### Response:\n"])
@pytest.mark.parametrize("instruction", ["Say hello", " <b>x</b> {{ 1 }} </s>\n\n"])
def test_apply_chat_template_gives_our_lion_prompt(student: Student, instruction: str, extra: str, system: str) -> None:
    theirs = AutoTokenizer.from_pretrained(student.folder)
    row = PromptRow("1", None, instruction, extra, system)
    user = {"role": "user", "content": instruction, **({"input": extra} if extra else {})}
    messages = [*([{"role": "system", "content": system}] if system else []), user]
    expected = LionTemplate(WORDS).text(row)
    assert theirs.apply_chat_template(messages, tokenize=False, add_generation_prompt=True) == expected
    if "</s>" not in instruction:
        ids = theirs.apply_chat_template(messages, add_generation_prompt=True, return_dict=False)
        ours = choose_template("lion", StudentTokenizer(files_of(student.folder), "test"), {})
        assert ours.encode([row])[0] == ids
    answered = theirs.apply_chat_template([*messages, {"role": "assistant", "content": "Yes"}], tokenize=False)
    assert answered == expected + "Yes</s>"


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix in (".json", ".jinja")}


def test_the_lion_prompt_is_the_published_one() -> None:
    row = PromptRow("1", None, "Add.", "1 2", "Be kind.")
    assert LionTemplate(WORDS).text(row) == (
        "<s>Be kind.\n\n### Instruction:\nAdd.\n\n### Input:\n1 2\n\n### Response:\n"
    )


def chat_tokenizer() -> StudentTokenizer:
    settings = {**WORDS.settings, "chat_template": CHAT_ML}
    return StudentTokenizer({**WORDS.files, "tokenizer_config.json": json.dumps(settings).encode()}, "test")


def test_the_chat_prompt_is_the_tokenizers_own(tmp_path: Path) -> None:
    tokenizer = chat_tokenizer()
    for name, content in tokenizer.files.items():
        (tmp_path / name).write_bytes(content)
    theirs = PreTrainedTokenizerFast.from_pretrained(tmp_path)
    template = choose_template(None, tokenizer, {})
    assert isinstance(template, ChatTemplate)
    row = PromptRow("1", None, "Add.", "1 2", "Be kind.")
    messages = [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "Add.\n\n1 2"}]
    assert template.text(row) == theirs.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
    ids = theirs.apply_chat_template(messages, add_generation_prompt=True, return_dict=False)
    assert template.encode([row])[0] == ids


PARTS = ("</s>", "<s>", "<|im_end|>", "\ufdd0", "### Response:\n", "{input}", "{{ 1 }}", "é", " ", "\n", "A")
HOSTILE = st.text() | st.lists(st.sampled_from(PARTS)).map("".join)


@settings(max_examples=150, deadline=None)
@given(HOSTILE, HOSTILE, HOSTILE)
def test_train_generate_and_serve_read_the_same_prompt_in_hostile_texts(text: str, extra: str, system: str) -> None:
    """Training and answering encode rows, serving encodes conversations."""
    row = PromptRow("1", None, text, extra, system)
    before = [{"role": "system", "content": system}] if system else []
    lion, chat = LionTemplate(WORDS), ChatTemplate(MARKED, CHAT_ML)
    asked = {"role": "user", "content": text, "input": extra}
    assert lion.encode_conversation([*before, asked]) == lion.encode([row])[0]
    joined = f"{text}\n\n{extra}" if extra else text
    assert chat.encode_conversation([*before, {"role": "user", "content": joined}]) == chat.encode([row])[0]
    for template in (lion, chat):
        ids = template.encode([row, row])[1]
        written = template.tokenizer._tokenizer.decode(ids, skip_special_tokens=False)
        assert written == template.text(row)
    # Of the special tokens only those of the template are ones.
    assert set(lion.encode([row])[0]) & SPECIAL_IDS == {WORDS.bos_id}
    turns = 2 if system else 1
    assert sum(token in (START, END) for token in chat.encode([row])[0]) == 2 * turns + 1


def marked_tokenizer() -> StudentTokenizer:
    tokenizer = Tokenizer.from_str(WORDS.files["tokenizer.json"].decode())
    tokenizer.add_special_tokens(["<|im_start|>", "<|im_end|>"])
    return StudentTokenizer({**WORDS.files, "tokenizer.json": tokenizer.to_str().encode()}, "test")


MARKED = marked_tokenizer()
START, END = (MARKED.encode_markup([text])[0][0] for text in ("<|im_start|>", "<|im_end|>"))
SPECIAL_IDS = {WORDS.encode_markup([text])[0][0] for text in WORDS.special_texts}


@pytest.mark.parametrize("said", ["Yes", "</s> {{ 1 }}\n", ""])
def test_a_conversation_is_the_chat_template_that_is_exported(student: Student, said: str) -> None:
    theirs = AutoTokenizer.from_pretrained(student.folder)
    ours = choose_template("lion", StudentTokenizer(files_of(student.folder), "test"), {})
    messages = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "A {input}", "input": "B"},
        {"role": "assistant", "content": said},
        {"role": "user", "content": "### Response:\n"},
    ]
    expected = theirs.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
    ids = ours.encode_conversation(messages)
    assert ours.tokenizer._tokenizer.decode(ids, skip_special_tokens=False) == expected
    assert ids.count(ours.tokenizer.eos_id) == 1  # after the answer, whatever its text


def test_the_checkpoints_template_is_kept_and_checked() -> None:
    stored = {"lion_template.json": json.dumps(LionTemplate(WORDS).manifest()).encode()}
    assert choose_template(None, chat_tokenizer(), stored).name == "lion"
    with pytest.raises(BadInput, match="no chat template"):
        choose_template("chat", WORDS, {})
    changed = {"lion_template.json": json.dumps({"name": "lion", "sha256": "0"}).encode()}
    with pytest.raises(BadInput, match="another text"):
        choose_template(None, WORDS, changed)
