"""Pretrains one built-in model: `pretrain.py --model mini-teacher --minutes 15`.

Both roles start from the vision encoder of pretrain_vision.py. A teacher learns every question type about every concept; a
student sees well and knows little: it learns the form of an answer on easy questions about an eighth of the concepts, its
encoder fixed.
"""
import argparse
import json
import random
from dataclasses import dataclass
from pathlib import Path

import torch

from genrecal.evaluate import SPLITS, exact_match
from genrecal.packing import QuestionTable, packed_loss
from genrecal.pictures import EMPTY, Pictures, scenes
from genrecal.questions import read_questions
from genrecal.sizes import SIZES, TRAIN_STYLES, build, make_config
from genrecal.training import Budget, TrainingRun
from genrecal.vlm import initialise
from pretrain_vision import Encoder, run_of_encoder

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT / 'build' / 'pretrain'
TRAIN = ROOT / 'build' / 'train'
SINGLE = ('name', 'kind', 'yes-no')
# Which concepts students know is part of the data, not of a run.
CONCEPT_SEED = 20


@dataclass(frozen=True)
class Recipe:
    """How a role is trained. `single` and `scene` = pictures per update with one and with several drawings;
    `questions` = the questions asked about every single picture; `concepts` = share of the concepts that it learns about;
    `naming` = weight of the naming heads' loss; with 0 the vision encoder stays as it is."""

    tasks: tuple
    strength: float
    rate: float
    single: int
    scene: int
    questions: tuple
    concepts: float
    naming: float


RECIPES = {
    'teacher': Recipe(
        tasks=('name', 'kind', 'yes-no', 'count', 'position', 'odd-one-out', 'caption'),
        strength=0.9,
        rate=2.0e-3,
        single=96,
        scene=96,
        questions=('name', 'kind', 'yes-no', 'yes-no'),
        concepts=1.0,
        naming=0.5,
    ),
    'student': Recipe(
        tasks=('name', 'kind', 'yes-no', 'count'),
        strength=0.5,
        rate=1.5e-3,
        single=48,
        scene=16,
        questions=('name', 'kind', 'yes-no'),
        concepts=0.125,
        naming=0.0,
    ),
}


class Pretraining(TrainingRun):
    def __init__(self, name, seed, budget, device, encoder, scale):
        self.size, self.device, self.pictures = SIZES[name], device, Pictures(DATA, device)
        self.recipe = recipe = RECIPES[self.size.role]
        self.single, self.scene = round(recipe.single * scale), round(recipe.scene * scale)
        tokenizer, family = self.size.tokenizer, self.size.family
        self.tokens = json.loads((DATA / 'vocab.json').read_text())[f'{tokenizer}-{family}']
        self.model = initialise(build(make_config(self.size, self.tokens)), seed).to(device)
        pretrained = Encoder(encoder, seed, len(self.pictures.concepts), len(self.pictures.kinds))
        pretrained.load_state_dict(run_of_encoder(encoder)['modules'][encoder])
        self.model.vision.load_state_dict(pretrained.vision.state_dict())
        modules, gentle = {'model': self.model}, []
        if recipe.naming:
            self.heads = modules['heads'] = pretrained.heads.to(device)
            gentle = [*self.model.vision.parameters(), *self.heads.parameters()]
        else:
            self.model.vision.requires_grad_(False)
        command = f'pretrain.py --model {name}' + (f' --encoder {encoder}' if encoder != name else '')
        command += f' --scale {scale:g}' if scale != 1 else ''
        super().__init__(TRAIN / name / 'state.pt', modules, seed, budget, recipe.rate, command, gentle)
        self.weights = self.pictures.weights({style: 1.0 for style in TRAIN_STYLES})

        def read(file):
            return read_questions(DATA / file, self.tokens['imageId'], self.size.image_tokens)

        known = set(range(len(self.pictures.concepts)))
        if recipe.concepts < 1:
            learned = [i for i in self.pictures.core if self.pictures.concepts[i]['split'] == 'train']
            known = set(random.Random(CONCEPT_SEED).sample(learned, round(recipe.concepts * len(learned))))
        self.ask(
            [
                q
                for q in read(f'examples-{tokenizer}-{family}.jsonl.gz')
                if q.type in recipe.tasks and (q.type == 'count' or all(c in known for c, _, _ in q.placements))
            ]
        )
        self.evaluation = {split: read(f'eval-{split}-{tokenizer}-{family}.jsonl') for split in SPLITS}

    def ask(self, questions):
        """Lays the questions out on the device: rows by concept and type for single pictures, one by one for scenes."""
        prefix = common_prefix([q.question for q in questions])
        rows = [(q.question[len(prefix) :], q.answer) for q in questions]
        self.table = QuestionTable(prefix, rows, self.tokens['padId'], self.tokens['imageId'], self.device)
        by_concept = {}
        for row, q in enumerate(questions):
            if q.type in SINGLE:
                by_concept.setdefault(q.placements[0][0], {}).setdefault(q.type, []).append(row)
        concepts = sorted(c for c, types in by_concept.items() if all(t in types for t in self.recipe.questions))
        self.concepts = torch.tensor(concepts, device=self.device)
        counts = [[len(by_concept[c][kind]) for kind in self.recipe.questions] for c in concepts]
        longest = max(max(row) for row in counts)
        first = [
            [by_concept[c][kind] + [0] * (longest - len(by_concept[c][kind])) for kind in self.recipe.questions]
            for c in concepts
        ]
        self.rows = torch.tensor(first, device=self.device)  # [concepts, questions, longest]
        self.counts = torch.tensor(counts, device=self.device)  # [concepts, questions]
        several = [row for row, q in enumerate(questions) if q.type not in SINGLE]
        self.scene_rows = torch.tensor(several, device=self.device)
        placed = torch.full((len(several), 4), EMPTY)
        for i, row in enumerate(several):
            for concept, cell, _ in questions[row].placements:
                placed[i, cell] = concept
        self.scene_concepts = placed.to(self.device)

    def single_loss(self, count):
        """Several questions about each of `count` single pictures."""
        at = torch.randint(len(self.concepts), (count,), device=self.device)
        concepts = self.concepts[at]
        which = (torch.rand(self.counts[at].shape, device=self.device) * self.counts[at]).long()
        chosen = self.rows[at].gather(2, which[:, :, None])[:, :, 0]
        styles = self.pictures.draw_styles(concepts[:, None], self.weights, 0.0)
        pixels = scenes(self.pictures, concepts[:, None], styles, self.size.image, self.recipe.strength)
        loss = packed_loss(self.model, self.table.pack(chosen), pixels)
        if self.recipe.naming:
            features = self.model.vision(pixels).mean(1)
            loss = loss + self.recipe.naming * self.heads.loss(features, concepts, self.pictures.kind_of[concepts])
        return loss

    def scene_loss(self, count):
        """One question about each of `count` 2×2 scenes; half of them are drawn in one style, as in the questions' own scenes."""
        at = torch.randint(len(self.scene_rows), (count,), device=self.device)
        concepts = self.scene_concepts[at]
        styles = self.pictures.draw_styles(concepts, self.weights, 0.5)
        pixels = scenes(self.pictures, concepts, styles, self.size.image, self.recipe.strength)
        return packed_loss(self.model, self.table.pack(self.scene_rows[at][:, None]), pixels)

    def loss(self):
        return self.single_loss(self.single) + self.scene_loss(self.scene)

    def report(self, final):
        """Exact match per split and type: all splits at the end, the validation style on the way."""
        scores = {}
        for split in SPLITS if final else ('validation-style',):
            score = exact_match(
                self.model, self.pictures, self.evaluation[split], self.size.image, self.tokens['padId']
            )
            scores[split] = {kind: row['exactMatch'] for kind, row in score['byType'].items()}
        return json.dumps(scores)


def common_prefix(sequences):
    """The longest list of ids that every sequence starts with."""
    first, last = min(sequences), max(sequences)
    length = next((i for i, (a, b) in enumerate(zip(first, last)) if a != b), min(len(first), len(last)))
    return list(first[:length])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--model', choices=SIZES, required=True)
    Budget.add_arguments(parser)
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--encoder', choices=SIZES, help='model whose vision encoder it starts from; its own by default')
    parser.add_argument('--scale', type=float, default=1.0, help='times the pictures per update')
    parser.add_argument('--fresh', action='store_true', help='start anew even if a saved state exists')
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(arguments.seed)
    device = 'cuda' if torch.cuda.is_available() else 'cpu'
    encoder = arguments.encoder or arguments.model
    budget = Budget(arguments.minutes, arguments.updates)
    Pretraining(arguments.model, arguments.seed, budget, device, encoder, arguments.scale).run(arguments.fresh)


if __name__ == '__main__':
    main()
