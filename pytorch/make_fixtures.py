"""Numbers the browser engine must reproduce: test/fixtures/parity/<model>.{json,safetensors} for every shipped
checkpoint, and recalibrator-nano.* for the Recalibrator, its losses and their gradients. And
public/checkpoints/self-check.json, what the page compares a visitor's own graphics driver with.

f32 compute on the shipped f16 weights. Integers and norms are in the JSON, float arrays in the safetensors file.
"""
import argparse
import json
from dataclasses import replace
from pathlib import Path

import torch

from genrecal.evaluate import pixel_values
from genrecal.folder import load_folder
from genrecal.losses import Options, genrecal_terms, stage_loss, student_cross_entropy
from genrecal.pictures import Pictures
from genrecal.questions import make_tokens, read_questions
from genrecal.recalibrator import Recalibrator
from genrecal.rope import positions_from_mask
from genrecal.safetensors import save_file
from genrecal.sfc32 import Sfc32
from genrecal.sizes import SIZES, TEXT_SIZES

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT / 'build' / 'pretrain'
TEXT_DATA = DATA / 'text'
CHECKPOINTS = ROOT / 'public' / 'checkpoints'
OUT = ROOT / 'test' / 'fixtures' / 'parity'

# A handful of student tensors whose gradients are stored in full: both ends of every part.
STUDENT_TENSORS = (
    'model.vision_model.embeddings.patch_embedding.bias',
    'model.vision_model.encoder.layers.0.self_attn.q_proj.weight',
    'model.vision_model.post_layernorm.weight',
    'model.connector.modality_projection.proj.weight',
    'model.text_model.layers.0.self_attn.k_proj.weight',
    'model.text_model.layers.1.mlp.down_proj.weight',
    'model.text_model.norm.weight',
)


class Fixtures:
    def __init__(self):
        self.pictures = Pictures(DATA)
        self.vocabularies = json.loads((DATA / 'vocab.json').read_text())

    def questions(self, size, split='held-out-style'):
        tokens = self.vocabularies[f'{size.tokenizer}-{size.family}']
        path = DATA / f'eval-{split}-{size.tokenizer}-{size.family}.jsonl'
        return read_questions(path, tokens['imageId'], size.image_tokens), tokens

    def batch(self, name, ids):
        """Model, its question batch, tokens and pixel values for the evaluation questions with these ids."""
        size = SIZES[name]
        questions, special = self.questions(size)
        chosen = [next(q for q in questions if q.id == wanted) for wanted in ids]
        model, _ = load_folder(CHECKPOINTS / name)
        return model, chosen, make_tokens(chosen, special['padId']), special, size

    def choose(self, name, count):
        """Ids of evaluation questions: a single picture first, then scenes and questions of other lengths."""
        questions, _ = self.questions(SIZES[name])
        single = next(q for q in questions if q.type == 'name')
        others = [q for q in questions if q.type == 'count'] + [q for q in questions if q.type == 'yes-no']
        by_length = {len(q.question): q for q in others if len(q.question) != len(single.question)}
        return [q.id for q in [single, *by_length.values()][:count]]

    def describe(self, questions):
        """Example specs, as the browser engine's Example type has them."""
        return [
            {
                'id': q.id,
                'type': q.type,
                'grid': q.grid,
                'placements': [{'concept': c, 'style': style, 'cell': cell} for c, cell, style in q.placements],
                'question': q.text,
                'answer': q.answer_text,
            }
            for q in questions
        ]

    @torch.no_grad()
    def forward(self, name):
        """Forward pass of one model on two questions of different length, and of its eyes on their pictures."""
        model, questions, tokens, special, size = self.batch(name, self.choose(name, 2))
        pixels = pixel_values(self.pictures, questions, size.image)
        seen = {
            'pixel_values': pixels,
            'vision_features': model.vision(pixels) if size.family == 'idefics3' else model.vision.encode(pixels),
            'image_features': model.image_features(pixels),
        }
        about = 'pixel_values [B,3,S,S]; vision_features [B,P,d_v] as the connector reads them; image_features [B,T,d]; '
        write_forward(name, model, tokens, special, self.describe(questions), about, **seen)

    def recalibrator(self, teacher_name, student_name, seed=7):
        """Every stage and option of GenRecal on three questions, with gradients."""
        batch = PairBatch(self, teacher_name, student_name, 3)
        rec = batch.recalibrator().initialise(seed)
        with torch.no_grad():  # at std 0.02 the blocks hardly matter, and a fault in them would not show
            for name, parameter in rec.layers.named_parameters():
                if parameter.dim() > 1:
                    parameter.mul_(8)

        default = Options()
        cases = [(stage, stage, default) for stage in ('align', 'distil', 'finetune')]
        cases += [(f'align, {form}', 'align', replace(default, regulariser=form)) for form in FORMS]
        cases += [
            ('align, first token off', 'align', replace(default, first_answer_token=False)),
            ('align, own positions', 'align', replace(default, reassign_positions=False)),
            ('align, embeddings', 'align', replace(default, answer_features='teacher-embedding')),
            ('align, temperature 2', 'align', replace(default, temperature=2.0)),
            ('distil, weights', 'distil', replace(default, ce_weight=0.5, kl_weight=2.0, sft_weight=0.25)),
            ('distil, regulariser', 'distil', replace(default, regulariser_in_distil=True, regulariser_weight=0.5)),
        ]
        described, arrays = [], {f'rec.{n}': p.detach() for n, p in rec.named_parameters()}
        for label, stage, options in cases:
            terms, gradients = batch.run(rec, stage, options)
            described.append(
                {
                    'label': label,
                    'stage': stage,
                    'options': recipe_options(options),
                    'terms': terms,
                    'gradientNorms': {key: value.norm().item() for key, value in gradients.items()},
                }
            )
            if label == stage:  # the default case of each stage keeps full gradients
                kept = {k: g for k, g in gradients.items() if k.startswith('rec.') or k in STUDENT_TENSORS}
                arrays.update({f'gradient.{stage}.{key}': value for key, value in kept.items()})
        save_file(arrays, OUT / 'recalibrator-nano.safetensors')
        write(
            OUT / 'recalibrator-nano.json',
            {
                'about': 'Losses (nats, means over real answer tokens) and gradients of the total loss. The '
                'safetensors file holds the Recalibrator’s weights (rec.*; matrices of the blocks at 8 times their '
                'usual initial spread) and full gradients '
                '(gradient.<stage>.<tensor>) of the three default cases.',
                'teacher': teacher_name,
                'student': student_name,
                'seed': seed,
                'examples': self.describe(batch.questions),
                'teacherInputs': inputs(batch.teacher_tokens, batch.teacher_special),
                'studentInputs': inputs(batch.student_tokens, batch.student_special),
                'cases': described,
            },
        )

    def self_check(self, teacher_name, student_name, seed=7):
        """The first update of stages 2 and 3 on two questions: losses and gradients, small enough to ship."""
        batch = PairBatch(self, teacher_name, student_name, 2)
        rec = Sfc32(seed).initialise(batch.recalibrator())
        options = Options()

        def numbers(stage):
            losses, gradients = batch.run(rec, stage, options)
            if stage == 'finetune':  # which leaves the vision encoder as it is
                gradients = {n: g for n, g in gradients.items() if not n.startswith('model.vision_model.')}
            sums = {n: [rounded(g.norm()), rounded(signed_sum(g))] for n, g in sorted(gradients.items())}
            return {'losses': losses, 'gradients': sums}

        write(
            CHECKPOINTS / 'self-check.json',
            {
                'about': 'By stage: losses of its first update (nats) and, by trained tensor, its gradient of the total '
                'loss: [norm, sum of the entries with signs]. Entry i of the flattened tensor counts negatively where '
                'bit 31 of i·2654435769 is set. Made by pytorch/make_fixtures.py.',
                'version': 1,
                'teacher': teacher_name,
                'student': student_name,
                'checkpoints': [weights_hash(teacher_name), weights_hash(student_name)],
                'seed': seed,
                'options': recipe_options(options),
                'examples': self.describe(batch.questions),
                'stages': {stage: numbers(stage) for stage in ('distil', 'finetune')},
            },
        )


class PairBatch:
    """The same questions as both models of a pair read them, with the teacher's features."""

    def __init__(self, fixtures, teacher_name, student_name, count):
        ids = fixtures.choose(teacher_name, count)
        self.teacher, self.questions, self.teacher_tokens, self.teacher_special, teacher_size = fixtures.batch(
            teacher_name, ids
        )
        self.student, student_questions, self.student_tokens, self.student_special, student_size = fixtures.batch(
            student_name, ids
        )
        teacher_pixels = pixel_values(fixtures.pictures, self.questions, teacher_size.image)
        self.student_pixels = pixel_values(fixtures.pictures, student_questions, student_size.image)
        with torch.no_grad():
            self.z_l = self.teacher.features(self.teacher_tokens.ids, self.teacher_tokens.mask, teacher_pixels)
            self.embeddings_l = self.teacher.text_body.embed_tokens(self.teacher_tokens.answers[0])
        for parameter in self.teacher.parameters():
            parameter.requires_grad_(False)

    def recalibrator(self):
        return Recalibrator(self.student.config['text_config'], self.teacher.config['text_config']['hidden_size'])

    def run(self, rec, stage, options):
        """Every loss term of one update, and the gradients of their weighted sum by the engine's tensor names."""
        student, tokens = self.student, self.student_tokens
        student.zero_grad(set_to_none=True)
        rec.zero_grad(set_to_none=True)
        for parameter in student.parameters():
            parameter.requires_grad_(stage != 'align')
        z_s = student.features(tokens.ids, tokens.mask, self.student_pixels)
        terms = {}
        if stage != 'finetune':
            terms = genrecal_terms(
                stage,
                rec,
                options,
                self.teacher.head,
                self.teacher_tokens,
                self.z_l,
                self.embeddings_l,
                tokens,
                z_s,
            )
        if stage != 'align':
            terms['sft'] = student_cross_entropy(student, tokens, z_s)
        terms['total'] = stage_loss(stage, options, terms)
        terms['total'].backward()
        gradients = {f'rec.{n}': p.grad for n, p in rec.named_parameters() if p.grad is not None}
        gradients.update({n: p.grad for n, p in student.named_parameters() if p.grad is not None})
        return {key: value.item() for key, value in terms.items()}, gradients


def forward_of_text(name):
    """The same of a model of text alone."""
    size = TEXT_SIZES[name]
    special = json.loads((TEXT_DATA / 'vocab.json').read_text())[size.tokenizer]
    questions = read_questions(TEXT_DATA / f'eval-held-out-text-{size.tokenizer}.jsonl')
    first = questions[0]
    questions = [first, next(q for q in questions if len(q.question) > len(first.question) + 2)]
    model, _ = load_folder(CHECKPOINTS / name)
    described = [{'id': q.id, 'type': q.type, 'question': q.text, 'answer': q.answer_text} for q in questions]
    write_forward(name, model, make_tokens(questions, special['padId']), special, described)


def inputs(tokens, special):
    """Integer inputs of one model for the JSON file."""
    ids = tokens.ids
    return {
        'questionLength': tokens.question_length,
        'answerLength': ids.shape[1] - tokens.question_length,
        'ids': ids.tolist(),
        'mask': tokens.mask.int().tolist(),
        'positions': positions_from_mask(tokens.mask).tolist(),
        'imagePositions': [torch.nonzero(row == special.get('imageId', -1)).flatten().tolist() for row in ids],
    }


@torch.no_grad()
def write_forward(name, model, tokens, special, examples, about='', **seen):
    """What a model makes of questions. seen: arrays of their pictures, pixel_values among them, and `about` these; none where it reads none."""
    pictures = [seen['pixel_values']] if seen else []
    nq = tokens.question_length
    z = model.features(tokens.ids, tokens.mask, *pictures)
    asked = (tokens.ids[:, :nq], tokens.mask[:, :nq])
    generated = model.generate(*asked, *pictures, length=12, eos=special['eosId'], pad=special['padId'])
    arrays = {
        **seen,
        'z': z * tokens.mask[:, :, None],  # padded positions carry no meaning
        'answer_logits': model.head(z[:, nq - 1 : -1]) * tokens.answers[1][:, :, None],
    }
    save_file(arrays, OUT / f'{name}.safetensors')
    described = {
        'model': name,
        'about': f'{about}z [B,Nq+Na,d] after the final norm; answer_logits [B,Na,V], the first from the last question position. Both '
        'are 0 at padding.',
        'examples': examples,
        **inputs(tokens, special),
        'generated': generated.tolist(),
        'norms': {key: value.norm().item() for key, value in arrays.items()},
    }
    write(OUT / f'{name}.json', described)


FORMS = ('ce', 'kl', 'feature-mse', 'none')


def recipe_options(options):
    """Options under the recipe's own names (src/engine/recipe/schema.ts)."""
    return {
        'loss': {
            'mainCe': options.ce_weight,
            'mainKl': options.kl_weight,
            'sft': options.sft_weight,
            'regulariser': options.regulariser,
            'regulariserWeight': options.regulariser_weight,
            'regulariserInDistil': options.regulariser_in_distil,
            'temperature': options.temperature,
            'firstAnswerToken': options.first_answer_token,
        },
        'recalibrator': {
            'reassignPositions': options.reassign_positions,
            'answerFeatures': options.answer_features,
        },
    }


def signed_sum(value):
    """A number that every entry has a part in: Σ ±x, with signs that a 32-bit hash of the index decides."""
    flat = value.flatten().double()
    negative = (torch.arange(len(flat)) * 2654435769 >> 31) & 1
    return (flat * (1 - 2 * negative)).sum()


def rounded(value):
    """Seven digits, as many as f32 has."""
    return float(f'{value.item():.7g}')


def weights_hash(name):
    return json.loads((CHECKPOINTS / name / 'integrity.json').read_text())['weights']


def write(path, value):
    path.write_text(json.dumps(value, ensure_ascii=False) + '\n')


def main():
    torch.set_num_threads(1)
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--text', action='store_true', help='only of the models that read no pictures, which need no pictures')
    arguments = parser.parse_args()
    OUT.mkdir(parents=True, exist_ok=True)
    for name in TEXT_SIZES:
        forward_of_text(name)
    if not arguments.text:
        pictured()


def pictured():
    fixtures = Fixtures()
    for path in sorted(CHECKPOINTS.glob('*/config.json')):
        if path.parent.name in SIZES:
            fixtures.forward(path.parent.name)
    fixtures.recalibrator('nano-teacher', 'nano-student')
    fixtures.self_check('nano-teacher', 'nano-student')


if __name__ == '__main__':
    main()
