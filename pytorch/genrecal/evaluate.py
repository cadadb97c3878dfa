"""Exact match of greedy generation, per question type and split."""
from collections import defaultdict

import torch

from .pictures import EMPTY, scenes
from .questions import make_tokens

SPLITS = ('seen-style', 'validation-style', 'held-out-style', 'held-out-concept', 'held-out-composition')
TEXT_SPLITS = ('seen-text', 'validation-text', 'held-out-text')


def pixel_values(pictures, questions, size):
    """[B, 3, size, size] of evaluation questions (their styles are fixed), in order."""
    out = torch.empty(len(questions), 3, size, size, device=pictures.device)
    for grid in {q.grid for q in questions}:
        rows = [b for b, q in enumerate(questions) if q.grid == grid]
        concepts = torch.full((len(rows), grid * grid), EMPTY)
        styles = torch.zeros(len(rows), grid * grid, dtype=torch.long)
        for i, b in enumerate(rows):
            for concept, cell, style in questions[b].placements:
                concepts[i, cell], styles[i, cell] = concept, pictures.styles.index(style)
        out[rows] = scenes(pictures, concepts.to(pictures.device), styles.to(pictures.device), size)
    return out


def exact_match(model, pictures, questions, size, pad, batch=256):
    """`scores` of a model that reads pictures of `size`."""

    def answer_logits(chunk, tokens):
        pixels = pixel_values(pictures, chunk, size)
        ids, mask = tokens.ids.to(pictures.device), tokens.mask.to(pictures.device)
        return model.answer_logits(ids, mask, pixels, question_length=tokens.question_length)

    return scores(answer_logits, questions, pad, batch)


def exact_match_of_text(model, questions, pad, batch=256):
    """`scores` of a model of text alone."""
    return scores(lambda _, t: model.answer_logits(t.ids, t.mask, question_length=t.question_length), questions, pad, batch)


@torch.no_grad()
def scores(answer_logits, questions, pad, batch):
    """{'exactMatch', 'n', 'byType': {type: {'exactMatch', 'n'}}} in 0..1; `answer_logits` of a batch of questions and its tokens.

    Greedy decoding reproduces an answer exactly when, given the answer so far, every token of it (the end
    token included) is the most likely one; so one forward pass decides.
    """
    hits = defaultdict(list)
    for start in range(0, len(questions), batch):
        chunk = questions[start : start + batch]
        tokens = make_tokens(chunk, pad)
        logits = answer_logits(chunk, tokens)
        ids, mask = tokens.answers
        right = ((logits.argmax(-1).cpu() == ids) | (mask == 0)).all(dim=1)
        for question, hit in zip(chunk, right.tolist()):
            hits[question.type].append(hit)
    everything = [hit for row in hits.values() for hit in row]
    return {
        'exactMatch': round(sum(everything) / len(everything), 4),
        'n': len(everything),
        'byType': {
            kind: {'exactMatch': round(sum(row) / len(row), 4), 'n': len(row)} for kind, row in sorted(hits.items())
        },
    }
