"""Is a pair worth shipping? `try_pair.py mini-teacher mini-student` gives the student its teacher's answers, as plain SFT.

The teacher answers 4,096 name and kind questions about training pictures; the student learns from them for 800 updates with its
encoder fixed, as a recipe's control does at a rate of 1e-3. Prints exact match on the validation style before, on the way and after.
"""
import argparse
import json
import random
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F

from genrecal.evaluate import exact_match, pixel_values
from genrecal.pictures import Pictures
from genrecal.questions import make_tokens, read_questions
from genrecal.sizes import SIZES, TRAIN_STYLES, build, make_config

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT / 'build' / 'pretrain'
TASKS = ('name', 'kind')


def load(name, device):
    size = SIZES[name]
    tokens = json.loads((DATA / 'vocab.json').read_text())[f'{size.tokenizer}-{size.family}']
    model = build(make_config(size, tokens)).to(device)
    state = torch.load(ROOT / 'build' / 'train' / name / 'state.pt', map_location=device)['modules']['model']
    model.load_state_dict({key: value.float() for key, value in state.items()})
    return model.eval(), size, tokens


def questions_of(size, tokens, file):
    path = DATA / f'{file}-{size.tokenizer}-{size.family}.{"jsonl.gz" if file == "examples" else "jsonl"}'
    return [q for q in read_questions(path, tokens['imageId'], size.image_tokens) if q.type in TASKS]


def with_styles(questions, pictures, seed):
    """The same questions, each drawn in one training style that has the concept."""
    choose = random.Random(seed)
    drawn = []
    for q in questions:
        concept, cell, _ = q.placements[0]
        styles = [s for s in TRAIN_STYLES if s in pictures.concepts[concept]['styles']]
        drawn.append(type(q)(**{**vars(q), 'placements': ((concept, cell, choose.choice(styles)),)}))
    return drawn


@torch.no_grad()
def teacher_answers(model, size, tokens, questions, pictures):
    """Greedy answers as text; None where no question of the data set has such an answer."""
    known = {q.answer: q.answer_text for q in questions}
    longest, answers = max(len(q.answer) for q in questions), []
    for start in range(0, len(questions), 256):
        chunk = questions[start : start + 256]
        batch, pixels = make_tokens(chunk, tokens['padId']), pixel_values(pictures, chunk, size.image)
        nq = batch.question_length
        ids, mask = batch.ids[:, :nq].to(pictures.device), batch.mask[:, :nq].to(pictures.device)
        out = model.generate(ids, mask, pixels, length=longest, eos=tokens['eosId'], pad=tokens['padId']).tolist()
        answers += [known.get(tuple(row[: row.index(tokens['eosId']) + 1] if tokens['eosId'] in row else row)) for row in out]
    return answers


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('teacher', choices=SIZES)
    parser.add_argument('student', choices=SIZES)
    parser.add_argument('--updates', type=int, default=800)
    parser.add_argument('--examples', type=int, default=4096)
    parser.add_argument('--rate', type=float, default=1e-3)
    parser.add_argument('--seed', type=int, default=1)
    arguments = parser.parse_args()
    torch.manual_seed(arguments.seed)
    torch.set_num_threads(1)
    device = 'cuda' if torch.cuda.is_available() else 'cpu'
    pictures = Pictures(DATA, device)
    teacher, large, large_tokens = load(arguments.teacher, device)
    student, small, small_tokens = load(arguments.student, device)
    asked = with_styles(questions_of(large, large_tokens, 'examples')[: arguments.examples], pictures, arguments.seed)
    mine = with_styles(questions_of(small, small_tokens, 'examples')[: arguments.examples], pictures, arguments.seed)
    told = teacher_answers(teacher, large, large_tokens, asked, pictures)
    spelled = {q.answer_text: q.answer for q in mine}
    right = sum(text == q.answer_text for text, q in zip(told, asked)) / len(asked)
    lessons = [
        type(q)(**{**vars(q), 'answer': spelled[text], 'answer_text': text})
        for q, text in zip(mine, told)
        if text in spelled
    ]
    batch = make_tokens(lessons, small_tokens['padId'])
    nq = batch.question_length
    ids, mask = batch.ids.to(device), batch.mask.to(device)
    pixels = pixel_values(pictures, lessons, small.image)

    def scores(model, size, tokens):
        model.eval()
        found = {}
        for split in ('validation-style', 'held-out-style'):
            questions = questions_of(size, tokens, f'eval-{split}')
            found[split] = exact_match(model, pictures, questions, size.image, tokens['padId'])['exactMatch']
        return found

    print(f'{arguments.teacher}: {scores(teacher, large, large_tokens)}, right on training pictures {right:.3f}')
    print(f'{arguments.student} before: {scores(student, small, small_tokens)}', flush=True)
    student.vision.requires_grad_(False)
    parameters = [p for p in student.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(
        [
            {'params': [p for p in parameters if p.dim() > 1], 'weight_decay': 0.01},
            {'params': [p for p in parameters if p.dim() == 1], 'weight_decay': 0.0},
        ],
        lr=arguments.rate,
    )
    order = []
    for step in range(arguments.updates):
        if len(order) < 16:
            order = torch.randperm(len(lessons)).tolist()
        rows = torch.tensor([order.pop() for _ in range(16)], device=device)
        for group in optimiser.param_groups:
            group['lr'] = arguments.rate * (1 - 0.9 * step / arguments.updates)
        logits = student.answer_logits(ids[rows], mask[rows], pixels[rows], question_length=nq)
        targets = torch.where(mask[rows, nq:] > 0, ids[rows, nq:], -100)
        loss = F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=-100)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimiser.step()
        if (step + 1) % 200 == 0:
            print(f'{arguments.student} after {step + 1}: loss {loss.item():.3f}, {scores(student, small, small_tokens)}', flush=True)


if __name__ == '__main__':
    main()
