"""Losses and gradients of the comparison objectives for test/fixtures/objectives.json, in double precision.

Two batches: one tokenizer, and two with other vocabularies, lengths and splits. Arrays are nested lists; padding is part of the inputs.
"""
import json
from pathlib import Path

import torch

from genrecal import objectives
from genrecal.objectives import Side, Space

OUT = Path(__file__).resolve().parents[1] / 'test' / 'fixtures' / 'objectives.json'

SHAPES = {
    'same tokenizer': {
        'student': {'padded': 4, 'vocabulary': 11, 'lengths': [4, 2, 3]},
        'teacher': {'padded': 4, 'vocabulary': 11, 'lengths': [4, 2, 3]},
        'chunks': [[([i], [i]) for i in range(n)] for n in (4, 2, 3)],
        'shared': list(range(11)),
        'nearest': list(range(11)),
    },
    'two tokenizers': {
        'student': {'padded': 5, 'vocabulary': 9, 'lengths': [5, 3, 1]},
        'teacher': {'padded': 6, 'vocabulary': 14, 'lengths': [4, 4, 2]},
        # One side may have tokens that align with nothing: the last one of the second answer's student.
        'chunks': [
            [([0, 1], [0]), ([2], [1]), ([3], [2]), ([4], [3])],
            [([0], [0, 1]), ([1], [2, 3])],
            [([0], [0, 1])],
        ],
        'shared': [0, 0, 3, 5, -1, 7, -1, 3, -1, -1, 8, -1, -1, -1],
        'nearest': [0, 0, 3, 5, 1, 7, 2, 3, -1, 4, 8, 6, 6, -1],
    },
}


def rounded(tensor, digits=None):
    values = tensor.detach().double()
    if digits is not None:
        values = values.mul(10**digits).round().div(10**digits)
    return values.tolist()


def make_side(shape, generator):
    batch, padded, vocabulary = len(shape['lengths']), shape['padded'], shape['vocabulary']
    # Short decimals, so that the file holds exactly what PyTorch computed with.
    logits = torch.tensor(
        rounded(torch.randn(batch, padded, vocabulary, generator=generator) * 2, 3), dtype=torch.float64
    )
    labels = torch.randint(vocabulary, (batch, padded), generator=generator)
    return logits, labels


def random(generator, *shape):
    return torch.tensor(rounded(torch.randn(*shape, generator=generator), 3), dtype=torch.float64)


def batch_of(shape, student, teacher):
    def side(logits, labels, role, b):
        n = shape[role]['lengths'][b]
        return Side(logits[b, :n], labels[b, :n])

    count = len(shape['student']['lengths'])
    return [(side(*student, 'student', b), side(*teacher, 'teacher', b)) for b in range(count)]


def chunk_numbers(shape, role):
    index = 0 if role == 'student' else 1
    numbers = torch.full((len(shape['chunks']), shape[role]['padded']), -1)
    for b, answer in enumerate(shape['chunks']):
        for c, chunk in enumerate(answer):
            for token in chunk[index]:
                numbers[b, token] = c
    return numbers.tolist()


def cases(same, chunks, shape, projection):
    """(key, options, loss of a batch)"""
    if same:
        for beta, temperature in ((0.5, 0.9), (0.0, 1.0), (0.2, 1.0), (1.0, 1.0)):
            yield 'gkd', {'beta': beta, 'temperature': temperature}, lambda x, b=beta, t=temperature: objectives.gkd(
                x, b, t
            )
        for skew, direction in ((0.1, 'forward'), (0.1, 'reverse'), (0.0, 'forward'), (0.4, 'reverse')):
            options = {'lambda': skew, 'direction': direction, 'temperature': 1.0}
            yield 'skew-kl', options, lambda x, k=skew, d=direction: objectives.skew_kl(x, k, d, 1.0)
    yield 'uld', {'temperature': 1.0}, lambda x: objectives.uld(x, 1.0)
    yield 'uld', {'temperature': 2.0}, lambda x: objectives.uld(x, 2.0)
    for temperature in (2.0, 1.0):
        yield 'mined', {'temperature': temperature}, lambda x, t=temperature: objectives.mined(
            x, chunks, shape['nearest'], t
        )
    for temperature in (100.0, 1.0):
        yield 'alm', {'temperature': temperature}, lambda x, t=temperature: objectives.alm(x, chunks, t)
    for beta, weight, merge in ((0.5, None, 'observed'), (0.0, 0.3, 'bayesian'), (1.0, 0.7, 'observed')):
        options = {'beta': beta, 'temperature': 1.0, 'sharedWeight': weight, 'merge': merge}
        yield 'gold', options, lambda x, b=beta, w=weight, m=merge: objectives.gold(
            x, chunks, shape['shared'], b, 1.0, w, m
        )
    for temperature in (1.0, 2.0):
        yield 'x-token', {'temperature': temperature}, lambda x, t=temperature: objectives.x_token(
            x, chunks, projection, t
        )


def dskd_case(shape, student, teacher, generator, temperature=2.0):
    widths = {'student': 3, 'teacher': 4}
    arrays = {}
    for role in ('student', 'teacher'):
        batch, padded = len(shape[role]['lengths']), shape[role]['padded']
        for name in ('features', 'inputEmbeddings', 'labelEmbeddings'):
            arrays[f'{role}.{name}'] = random(generator, batch, padded, widths[role])
        arrays[f'{role}.head'] = random(generator, shape[role]['vocabulary'], widths[role])
    ds, dl = widths['student'], widths['teacher']
    sizes = {'query': (2 * ds, 2 * dl), 'toTeacher': (ds, dl), 'toStudent': (dl, ds)}
    projectors = {}
    for name, (inputs, outputs) in sizes.items():
        arrays[f'{name}.weight'] = random(generator, outputs, inputs)
        arrays[f'{name}.bias'] = random(generator, outputs)
        projectors[name] = (arrays[f'{name}.weight'].requires_grad_(), arrays[f'{name}.bias'].requires_grad_())
    arrays['student.features'].requires_grad_()

    def space(role, b):
        n = shape[role]['lengths'][b]
        names = ('features', 'inputEmbeddings', 'labelEmbeddings')
        return Space(*(arrays[f'{role}.{name}'][b, :n] for name in names), arrays[f'{role}.head'])

    count = len(shape['student']['lengths'])
    spaces = [(space('student', b), space('teacher', b)) for b in range(count)]
    logits = student[0].clone().requires_grad_()
    labels = student[1].clone()
    # Where the projected logits are wrong a term is left out: every other label is made right.
    for b, (in_student, _) in enumerate(objectives.cross_space_logits(spaces, projectors)):
        right = in_student.argmax(-1)
        labels[b, : len(right) : 2] = right[::2]
    batch = batch_of(shape, (logits, labels), teacher)
    terms = objectives.dskd(batch, spaces, projectors, temperature)
    total = sum(terms.values())
    total.backward()
    gradients = {name: rounded(value.grad) for name, value in arrays.items() if value.requires_grad}
    gradients['student.logits'] = rounded(logits.grad)
    return {
        'options': {'temperature': temperature},
        'labels': labels.tolist(),
        'arrays': {name: rounded(value) for name, value in arrays.items()},
        'terms': {**{name: value.item() for name, value in terms.items()}, 'total': total.item()},
        'gradients': gradients,
    }


def describe(label, seed):
    shape = SHAPES[label]
    generator = torch.Generator().manual_seed(seed)
    student, teacher = make_side(shape['student'], generator), make_side(shape['teacher'], generator)
    same = label == 'same tokenizer'
    if same:
        teacher = (teacher[0], student[1])
    size = (shape['student']['vocabulary'], shape['teacher']['vocabulary'])
    weights = torch.rand(*size, generator=generator).mul(1000).round().div(1000).double()
    # Sparse, with a student token that nothing fits.
    projection = torch.where(weights > 0.6, weights, torch.zeros_like(weights))
    projection[-1] = 0
    measured = []
    for key, options, loss in cases(same, shape['chunks'], shape, projection):
        logits = student[0].clone().requires_grad_()
        value = loss(batch_of(shape, (logits, student[1]), teacher))
        value.backward()
        measured.append(
            {'key': key, 'options': options, 'loss': value.item(), 'gradient': rounded(logits.grad)}
        )
    return {
        'label': label,
        'student': {'logits': rounded(student[0]), 'labels': student[1].tolist(), 'lengths': shape['student']['lengths']},
        'teacher': {'logits': rounded(teacher[0]), 'labels': teacher[1].tolist(), 'lengths': shape['teacher']['lengths']},
        'chunks': {role: chunk_numbers(shape, role) for role in ('student', 'teacher')},
        'shared': shape['shared'],
        'nearest': shape['nearest'],
        'projection': rounded(projection),
        'cases': measured,
        'dskd': dskd_case(shape, student, teacher, generator),
    }


def shortened(value):
    """Eight significant digits: finer than f32 can tell."""
    if isinstance(value, float):
        return float(f'{value:.8g}')
    if isinstance(value, list):
        return [shortened(item) for item in value]
    if isinstance(value, dict):
        return {key: shortened(item) for key, item in value.items()}
    return value


def main():
    torch.set_num_threads(1)
    batches = [describe(label, seed) for seed, label in enumerate(SHAPES, start=1)]
    OUT.write_text(json.dumps({'batches': shortened(batches)}, separators=(',', ':')) + '\n')
    print(f'{OUT}: {OUT.stat().st_size} bytes')


if __name__ == '__main__':
    main()
