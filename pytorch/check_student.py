"""Does a student that the page exported say outside of it what it said there?

test/fixtures/torch/student is one, as the engine wrote it; answers.json and logits.safetensors beside it are the engine's. This folder's own classes
must agree with them, and `transformers`, where it is installed: its tokens (AutoProcessor), logits and answers (AutoModelForImageTextToText).
Exits with 1 and the differences when anything deviates.
"""
import json
import sys
from pathlib import Path

import torch

from genrecal.folder import load_folder
from genrecal.losses import Tokens
from genrecal.resize import pixel_values
from genrecal.safetensors import load_file

FIXTURE = Path(__file__).resolve().parents[1] / 'test' / 'fixtures' / 'torch'
TOLERANCE = 1e-3


class Expected:
    """What the engine said of its student, and the questions and pictures that it was asked about."""

    def __init__(self, folder):
        self.questions = json.loads((folder / 'answers.json').read_text())
        self.logits = load_file(folder / 'logits.safetensors')['logits']
        run = json.loads((folder / 'run.json').read_text())['models']['student']
        lines = (folder / 'examples.jsonl').read_text().splitlines()[: len(self.questions)]
        self.pictures = load_file(folder / 'pictures.safetensors')['pictures'][[json.loads(line)['picture'] for line in lines]]
        self.pixels = pixel_values(self.pictures, run['picture'])
        self.pad = run['padId']
        self.tokens = Tokens.padded([(q['ids'], q['answerIds']) for q in self.questions], self.pad)

    def differing_logits(self, logits):
        """Lines about logits [B, Na, V] that are not the engine's."""
        worst = ((logits - self.logits).abs() * self.tokens.answers[1][:, :, None]).max().item()
        return [] if worst <= TOLERANCE else [f'logits differ by {worst:.2g}']


@torch.no_grad()
def own_problems(folder, expected):
    """Of this project's own classes; their answers as far as the vocabulary alone spells them."""
    model, config = load_folder(folder)
    tokens = expected.tokens
    logits = model.answer_logits(tokens.ids, tokens.mask, expected.pixels, question_length=tokens.question_length)
    problems = expected.differing_logits(logits)
    words = {i: word for word, i in json.loads((folder / 'tokenizer.json').read_text())['model']['vocab'].items()}
    end = json.loads((folder / 'generation_config.json').read_text())['eos_token_id']
    nq = tokens.question_length
    generated = model.generate(tokens.ids[:, :nq], tokens.mask[:, :nq], expected.pixels, length=12, eos=end, pad=expected.pad)

    def spelled(ids):
        ids = ids[: ids.index(end)] if end in ids else ids
        text = ' '.join(words[i] for i in ids).replace(' ##', '')
        return text.replace(' .', '.').replace(' ,', ',').lower()

    for found, row in zip(generated.tolist(), expected.questions):
        if spelled(found) != row['said'].lower():
            problems.append(f'“{spelled(found)}” instead of “{row["said"]}”')
    return problems


@torch.no_grad()
def transformers_problems(folder, expected):
    """Of `transformers`; None where it is not installed."""
    try:
        from transformers import AutoModelForImageTextToText, AutoProcessor
    except ImportError:
        return None
    # The slow one: torchvision has no box filter (`resample` 4).
    processor = AutoProcessor.from_pretrained(folder, use_fast=False)
    model = AutoModelForImageTextToText.from_pretrained(folder, torch_dtype=torch.float32).eval()
    tokens = expected.tokens
    logits = model(
        input_ids=tokens.ids,
        attention_mask=tokens.mask.long(),
        position_ids=(tokens.mask.long().cumsum(1) - 1).clamp(min=0),
        pixel_values=expected.pixels[:, None],
    ).logits
    problems = expected.differing_logits(logits[:, tokens.question_length - 1 : -1])
    for picture, row in zip(expected.pictures, expected.questions):
        turn = {'role': 'user', 'content': [{'type': 'image'}, {'type': 'text', 'text': row['question']}]}
        prompt = processor.apply_chat_template([turn], add_generation_prompt=True)
        drawn = (picture * 255).round().to(torch.uint8).numpy()
        inputs = processor(text=prompt, images=[drawn], return_tensors='pt', add_special_tokens=False)
        if inputs['input_ids'][0].tolist() != row['ids']:
            problems.append(f'“{row["question"]}” has other tokens')
            continue
        generated = model.generate(**inputs, max_new_tokens=12, do_sample=False)[0, len(row['ids']) :]
        said = processor.decode(generated, skip_special_tokens=True).strip()
        if said != row['said']:
            problems.append(f'“{said}” instead of “{row["said"]}”')
    return problems


def main():
    expected = Expected(FIXTURE)
    folder = FIXTURE / 'student'
    found = {'genrecal': own_problems(folder, expected), 'transformers': transformers_problems(folder, expected)}
    for reader, problems in found.items():
        print(f'{reader}: {"not installed" if problems is None else "; ".join(problems) or "ok"}')
    sys.exit(1 if any(found.values()) else 0)


if __name__ == '__main__':
    main()
