"""Questions and answers as token ids (build/pretrain/*.jsonl), with the image token expanded for one model."""
import gzip
import json
from dataclasses import dataclass
from pathlib import Path

from .losses import Tokens


@dataclass(frozen=True)
class Question:
    """One example: placements are (concept, cell, style or None), none of a question without a picture, and its grid is 0;
    question and answer are token ids."""

    id: str
    type: str
    grid: int
    placements: tuple
    question: tuple
    answer: tuple
    text: str
    answer_text: str


def read_questions(path, image_token=None, image_tokens=0):
    """All questions of a file. The single image token of each prompt, where it has one, becomes `image_tokens` of them."""
    opener = gzip.open if str(path).endswith('.gz') else open
    questions = []
    with opener(Path(path), 'rt', encoding='utf-8') as file:
        for line in file:
            row = json.loads(line)
            ids = row['questionIds']
            if image_token is not None:
                at = ids.index(image_token)
                ids = [*ids[:at], *([image_token] * image_tokens), *ids[at + 1 :]]
            questions.append(
                Question(
                    row['id'],
                    row['type'],
                    row.get('grid', 0),
                    tuple((p['concept'], p['cell'], p.get('style')) for p in row.get('placements', ())),
                    tuple(ids),
                    tuple(row['answerIds']),
                    row['question'],
                    row['answer'],
                )
            )
    return questions


def make_tokens(questions, pad):
    """Questions with their answers as a batch."""
    return Tokens.padded([(q.question, q.answer) for q in questions], pad)
