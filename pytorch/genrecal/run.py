"""A run as the page or `npm run distill -- --export-torch` writes it for PyTorch (src/engine/export/torch-run.ts): a folder, or the same as a zip.

run.json has the recipe and where the batches stand; examples.jsonl the questions and answers in both models' tokens; pictures.safetensors
every picture once, where the models read any; state.safetensors the weights and moments that no checkpoint has.
"""
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path

import torch

from .lora import TARGETS
from .losses import Options, Tokens, loss_weights
from .resize import pixel_values
from .safetensors import load
from .sfc32 import EpochSampler

STAGES = ('align', 'distil', 'finetune')
# Objectives of which the student learns nothing but L_main, L_reg and L_sft.
OBJECTIVES = ('genrecal', 'sft', 'seq-kd')
# What this runner obeys, or what is decided in the files already; every other field is refused by its name.
FIELDS = {
    'version', 'pair', 'seed', 'seeds', 'objective', 'arms', 'data', 'evaluation', 'logEverySteps',
    *(f'stages.{stage}.{field}' for stage in STAGES for field in ('steps', 'learningRate', 'finalLearningRate')),
    *(f'recalibrator.{field}' for field in ('depth', 'reassignPositions', 'normBeforeProjection', 'inDistil', 'answerFeatures')),
    *(f'loss.{field}' for field in ('mainCe', 'mainKl', 'sft', 'distillation', 'regulariser', 'regulariserWeight')),
    *(f'loss.{field}' for field in ('regulariserInDistil', 'temperature', 'firstAnswerToken')),
    'student.visionEncoder',
    *(f'student.lora.{field}' for field in ('rank', 'alpha', 'targets')),
    *(f'optimiser.{field}' for field in ('beta1', 'beta2', 'epsilon', 'weightDecay', 'clipNorm')),
}  # fmt: skip
WHOLE = {'arms', 'data', 'evaluation'}
# LoRA in an arm that changes a field of it, beside a recipe without (usualLora of src/engine/recipe/recipe.ts).
USUAL_LORA = {'rank': 8, 'alpha': 16, 'targets': list(TARGETS)}
# In version 2 the models may read text alone.
VERSIONS = (1, 2)


class Refused(Exception):
    """Something that a person asked for and that cannot be done: what, why, and what to do."""


@dataclass
class Span:
    """A stage with its first and last update, counted from 1 over the run."""

    stage: str
    first: int
    last: int


@dataclass
class Batch:
    """One process's part of a batch, in the shapes of the whole run."""

    teacher: Tokens
    student: Tokens
    # What each reads beside its tokens: pixel values [B·squares, 3, S, S], or nothing.
    teacher_pictures: tuple
    student_pictures: tuple
    # Of the scored answer tokens of the whole batch, by whose they are.
    shares: dict


class Run:
    """Everything that decides how one student of a run goes on."""

    def __init__(self, path, student):
        read = reader(path)
        self.described = json.loads(read('run.json'))
        if self.described.get('format') != 'genrecal-torch-run' or self.described.get('version') not in VERSIONS:
            raise Refused(f'{path} is no run for PyTorch of version 1 or 2. Save it anew in the page (“Save for PyTorch”).')
        self.models, self.shapes = self.described['models'], self.described['shapes']
        self.step = self.described['step']
        found = {entry['key']: entry for entry in self.described['students']}
        if student not in found:
            raise Refused(f'The run has no student “{student}”. Choose --student among {", ".join(found)}.')
        self.student = found[student]
        self.recipe = recipe_of(self.described['recipe'], self.student['arm'])
        self.spans = spans(self.recipe)
        self.options = options_of(self.recipe)
        self.examples = [json.loads(line) for line in read('examples.jsonl').decode().splitlines()]
        reads_pictures = 'picture' in self.models['student']
        self.pictures = load(read('pictures.safetensors'))['pictures'] if reads_pictures else None
        self.order = self.described['order'][self.student['seed']]
        prefix = f'{student}/'
        state = load(read('state.safetensors'))
        self.state = {name[len(prefix) :]: tensor for name, tensor in state.items() if name.startswith(prefix)}

    @property
    def total(self):
        """Updates of the whole run."""
        return self.spans[-1].last if self.spans else 0

    def span(self, step):
        return next(span for span in self.spans if step <= span.last)

    def weights(self, stage):
        """{term: weight} of a stage; empty where the student learns nothing in it."""
        return loss_weights(stage, self.options, self.recipe['objective'])

    def learning_rate(self, step):
        """Linear from a stage's first rate at its first update to its final one at its last."""
        span = self.span(step)
        stage = self.recipe['stages'][span.stage]
        first, final, length = stage['learningRate'], stage['finalLearningRate'], span.last - span.first
        return first if length == 0 else first + (final - first) * (step - span.first) / length

    def sampler(self, order=None):
        return EpochSampler(len(self.examples), order or self.order)

    def batch(self, indices, rank, world, device):
        """The examples of a batch that process `rank` of `world` computes."""
        count = self.described['answers'][self.student['answers']]['count']
        rows = [self.examples[index % count] for index in indices]
        own = rows[rank::world]
        tokens, pictures, shares = {}, {}, {}
        for model in ('teacher', 'student'):
            tokens[model] = self.tokens(model, own, device)
            pictures[model] = self.pixels(model, own, device)
            shares[model] = self.scored(model, own) / max(1, self.scored(model, rows))
        return Batch(tokens['teacher'], tokens['student'], pictures['teacher'], pictures['student'], shares)

    def pixels(self, model, rows, device):
        if self.pictures is None:
            return ()
        return (pixel_values(self.pictures[[row['picture'] for row in rows]].to(device), self.models[model]['picture']),)

    def answer(self, model, row):
        return row['answers'][self.student['answers']][model]

    def tokens(self, model, rows, device):
        shape = self.shapes[model]
        asked = [(row['question'][model], self.answer(model, row)) for row in rows]
        tokens = Tokens.padded(asked, self.models[model]['padId'], shape['Nq'], shape['Na'])
        return Tokens(tokens.ids.to(device), tokens.mask.to(device), tokens.question_length)

    def scored(self, model, rows):
        """Answer tokens that a loss is a mean over: the teacher's without the first where that is not scored."""
        skipped = 1 if model == 'teacher' and not self.options.first_answer_token else 0
        return sum(len(self.answer(model, row)) - skipped for row in rows)


def reader(path):
    """A function from a file's name to its bytes, of a run.json with what lies beside it, or of a zip."""
    path = Path(path)
    if not path.exists():
        raise Refused(f'{path} is not there. Give --run the run.json or the zip that the page saved.')
    if path.suffix == '.zip':
        archive = zipfile.ZipFile(path)
        return archive.read
    return lambda name: (path.parent / name).read_bytes()


def recipe_of(recipe, arm):
    """The recipe of one arm, every field of which this runner obeys."""
    if arm != 'main':
        change = next(entry['change'] for entry in recipe['arms'] if entry['key'] == arm)
        recipe = json.loads(json.dumps(recipe))
        if any(path.startswith('student.lora.') for path in change):
            recipe['student'].setdefault('lora', USUAL_LORA.copy())
        for path, value in change.items():
            *groups, field = path.split('.')
            target = recipe
            for group in groups:
                target = target.setdefault(group, {})
            target[field] = value
    unknown = sorted(set(fields(recipe)) - FIELDS)
    if unknown:
        raise Refused(f'This runner does not know the recipe’s {", ".join(unknown)}. Leave it out of the recipe, or train in the page.')
    if recipe['objective'] not in OBJECTIVES:
        raise Refused(
            f'The student “{arm}” learns by “{recipe["objective"]}”, which this runner does not have. '
            f'Choose a student that learns by {", ".join(OBJECTIVES)}, or train it in the page.'
        )
    return recipe


def fields(value, prefix=''):
    """Every field by its path."""
    for key, inner in value.items():
        if isinstance(inner, dict) and prefix + key not in WHOLE:
            yield from fields(inner, f'{prefix}{key}.')
        else:
            yield prefix + key


def spans(recipe):
    """The stages that have updates, in their order."""
    found, done = [], 0
    for stage in STAGES:
        steps = recipe['stages'][stage]['steps']
        if steps > 0:
            found.append(Span(stage, done + 1, done + steps))
            done += steps
    return found


def options_of(recipe):
    loss, recalibrator = recipe['loss'], recipe['recalibrator']
    return Options(
        first_answer_token=loss['firstAnswerToken'],
        regulariser=loss['regulariser'],
        regulariser_weight=loss['regulariserWeight'],
        regulariser_in_distil=loss['regulariserInDistil'],
        ce_weight=loss['mainCe'],
        kl_weight=loss['mainKl'],
        sft_weight=loss['sft'],
        temperature=loss['temperature'],
        reassign_positions=recalibrator['reassignPositions'],
        answer_features=recalibrator['answerFeatures'],
    )
