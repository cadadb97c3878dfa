"""Pretrains one model of the pair without pictures: `pretrain_text.py --model text-teacher --minutes 7`.

The teacher learns every training question; the student knows little: it learns from the questions about half of the things and
the numbers below twenty how such questions are answered, and has never read of the others.
"""
import argparse
import json
import random
from pathlib import Path

import torch
from torch.nn import functional as F

from genrecal.evaluate import TEXT_SPLITS, exact_match_of_text
from genrecal.questions import make_tokens, read_questions
from genrecal.sizes import TEXT_SIZES, build, make_text_config
from genrecal.training import Budget, TrainingRun
from genrecal.vlm import initialise

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT / 'build' / 'pretrain' / 'text'
TRAIN = ROOT / 'build' / 'train'
# What students know about is part of the data, not of a run.
KNOWN_SHARE, KNOWN_SEED = 0.5, 20
TEACHER_QUESTIONS = 60_000
RATES = {'teacher': 3e-3, 'student': 2e-3}
BATCH = 64


class TextPretraining(TrainingRun):
    def __init__(self, name, seed, budget):
        size = TEXT_SIZES[name]
        self.tokens = json.loads((DATA / 'vocab.json').read_text())[size.tokenizer]
        self.model = initialise(build(make_text_config(size, self.tokens)), seed)
        command = f'pretrain_text.py --model {name}'
        super().__init__(TRAIN / name / 'state.pt', {'model': self.model}, seed, budget, RATES[size.role], command)
        questions = read_questions(DATA / f'examples-{size.tokenizer}.jsonl.gz')
        self.questions = known_to_students(questions) if size.role == 'student' else questions[:TEACHER_QUESTIONS]
        self.evaluation = {split: read_questions(DATA / f'eval-{split}-{size.tokenizer}.jsonl') for split in TEXT_SPLITS}

    def loss(self):
        """Mean cross-entropy over the answers' tokens of a batch."""
        chosen = [self.questions[row] for row in torch.randint(len(self.questions), (BATCH,))]
        tokens = make_tokens(chosen, self.tokens['padId'])
        logits = self.model.answer_logits(tokens.ids, tokens.mask, question_length=tokens.question_length)
        ids, mask = tokens.answers
        losses = F.cross_entropy(logits.flatten(0, 1), ids.flatten(), reduction='none')
        return (losses * mask.flatten()).sum() / mask.sum()

    def report(self, final):
        """Exact match per split and type: all splits at the end, the validation facts on the way."""
        scores = {}
        for split in TEXT_SPLITS if final else ('validation-text',):
            score = exact_match_of_text(self.model, self.evaluation[split], self.tokens['padId'])
            scores[split] = {kind: row['exactMatch'] for kind, row in score['byType'].items()}
        return json.dumps(scores)


def known_to_students(questions):
    """Those that name nothing but the things and the numbers that students know."""
    words = sorted(word['name'] for word in json.loads((ROOT / 'public' / 'data' / 'text.json').read_text())['words'])
    known = set(random.Random(KNOWN_SEED).sample(words, round(KNOWN_SHARE * len(words))))
    unknown = set(words) - known

    def named(text):
        return set(''.join(c if c.isalpha() else ' ' for c in text).split())

    unknown |= {'twenty', 'thirty'}
    return [q for q in questions if not named(q.text) & unknown]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--model', choices=TEXT_SIZES, required=True)
    Budget.add_arguments(parser)
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--fresh', action='store_true', help='start anew even if a saved state exists')
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(arguments.seed)
    budget = Budget(arguments.minutes, arguments.updates)
    TextPretraining(arguments.model, arguments.seed, budget).run(arguments.fresh)


if __name__ == '__main__':
    main()
