"""The comparison objectives, from their papers' definitions, one token or chunk at a time.

Slow and plain on purpose: these are the numbers that the browser engine's objectives are tested against. p is the teacher,
q the student. An answer is a `Side`: logits [N, V] and labels [N] of its real tokens. `chunks` is a list of
(student token numbers, teacher token numbers), both not empty. Losses are means over the batch's counted tokens or chunks.
"""
import math
from dataclasses import dataclass

import torch
from torch.nn import functional as F


@dataclass
class Side:
    logits: torch.Tensor
    labels: torch.Tensor


def mean(values):
    """Mean of a list of scalars; 0 of an empty one."""
    return torch.stack(values).mean() if values else torch.zeros((), dtype=torch.float64)


def kl(p, q):
    """Σ p·ln(p/q) with 0·ln 0 = 0."""
    return (torch.xlogy(p, p) - p * q.log()).sum()


def gkd(batch, beta, temperature):
    """Generalised Jensen–Shannon divergence (arXiv 2306.13649, eq. 1), β as in TRL; 0 and 1 are KL(p ‖ q) and KL(q ‖ p)."""
    values = []
    for student, teacher in batch:
        for i in range(len(student.labels)):
            q = F.softmax(student.logits[i] / temperature, -1)
            p = F.softmax(teacher.logits[i] / temperature, -1)
            m = beta * p + (1 - beta) * q
            if beta in (0, 1):
                values.append(kl(p, q) if beta == 0 else kl(q, p))
            else:
                values.append(beta * kl(p, m) + (1 - beta) * kl(q, m))
    return mean(values)


def skew_kl(batch, skew, direction, temperature):
    """KL(p ‖ λp + (1−λ)q), or with p and q exchanged (arXiv 2402.03898, section 3.1)."""
    values = []
    for student, teacher in batch:
        for i in range(len(student.labels)):
            first = F.softmax(teacher.logits[i] / temperature, -1)
            second = F.softmax(student.logits[i] / temperature, -1)
            if direction == 'reverse':
                first, second = second, first
            values.append(kl(first, skew * first + (1 - skew) * second))
    return mean(values)


def sorted_l1(p, q):
    """Wasserstein-1 between two sets of probabilities under the uniform cost (arXiv 2402.12030, eq. 5)."""
    size = max(len(p), len(q))
    p = F.pad(p, (0, size - len(p))).sort(descending=True).values
    q = F.pad(q, (0, size - len(q))).sort(descending=True).values
    return (p - q).abs().sum()


def uld(batch, temperature):
    """Sorted L1 at every position of the shorter answer."""
    values = []
    for student, teacher in batch:
        for i in range(min(len(student.labels), len(teacher.labels))):
            q = F.softmax(student.logits[i] / temperature, -1)
            values.append(sorted_l1(F.softmax(teacher.logits[i] / temperature, -1), q))
    return mean(values)


def mined(batch, chunks, nearest, temperature):
    """Forward KL to the teacher's distribution moved to the tokens spelled most alike; the label where tokens are not one to one.

    nearest: student id of every teacher id, −1 for none.
    """
    values = []
    for (student, teacher), answer_chunks in zip(batch, chunks):
        partner = {s[0]: t[0] for s, t in answer_chunks if len(s) == 1 and len(t) == 1}
        for i in range(len(student.labels)):
            log_q = F.log_softmax(student.logits[i] / temperature, -1)
            if i not in partner:
                values.append(-log_q[student.labels[i]])
                continue
            p = F.softmax(teacher.logits[partner[i]] / temperature, -1)
            moved = torch.zeros_like(log_q)
            for t, s in enumerate(nearest):
                if s >= 0:
                    moved[s] += p[t]
            values.append(kl(moved / moved.sum(), log_q.exp()))
    return mean(values)


def chunk_log_probability(side, tokens):
    """ln Π p(label) over a chunk."""
    log_p = F.log_softmax(side.logits, -1)
    return sum(log_p[i, side.labels[i]] for i in tokens)


def alm(batch, chunks, temperature, epsilon=1e-6):
    """Binary KL of chunk probabilities to the power 1/τ (arXiv 2503.20083, eq. 4; ε as in tokenkit)."""
    values = []
    for (student, teacher), answer_chunks in zip(batch, chunks):
        for s, t in answer_chunks:
            a = (chunk_log_probability(teacher, t) / temperature - epsilon).exp()
            b = (chunk_log_probability(student, s) / temperature - epsilon).exp()
            values.append(a * (a / b).log() + (1 - a) * ((1 - a) / (1 - b)).log())
    return mean(values)


def merged(side, tokens, temperature, merge):
    """One distribution for a chunk, not normalised (TRL's GOLD, `observed` and `bayesian`)."""
    p = F.softmax(side.logits / temperature, -1)
    base = tokens[0] if merge == 'observed' else tokens[-1]
    out = p[base]
    for i in tokens:
        if i != base:
            out = out * p[i, side.labels[i]]
    return out


def gold(batch, chunks, shared, beta, temperature, shared_weight, merge, floor=1e-8):
    """w·divergence on shared tokens + (1−w)·sorted L1 on the rest. shared: student id of every teacher id, −1 for none."""
    partners = sorted({s for s in shared if s >= 0})
    weight = shared_weight if shared_weight is not None else sum(s >= 0 for s in shared) / len(shared)
    values = []
    for (student, teacher), answer_chunks in zip(batch, chunks):
        for s, t in answer_chunks:
            q, p = merged(student, s, temperature, merge), merged(teacher, t, temperature, merge)
            divergence = 0.0
            for token in partners:
                a = sum(p[i] for i, partner in enumerate(shared) if partner == token)
                b, floored = q[token], a.clamp_min(floor)
                if beta == 0:
                    divergence = divergence + a * (floored / b).log() - a + b
                elif beta == 1:
                    divergence = divergence + b * (b / floored).log() - b + a
                else:
                    m = beta * floored + (1 - beta) * b
                    divergence = divergence + beta * a * (floored / m).log() + (1 - beta) * b * (b / m).log()
            rest_p = torch.stack([p[i] for i, partner in enumerate(shared) if partner < 0] or [p[0] * 0])
            rest_q = torch.stack([q[i] for i in range(len(q)) if i not in partners] or [q[0] * 0])
            values.append(weight * divergence + (1 - weight) * sorted_l1(rest_p, rest_q))
    return mean(values)


def x_token(batch, chunks, projection, temperature, floor=1e-10):
    """P-KL of X-Token (arXiv 2605.21699). projection W [V_s, V_l]."""
    values = []
    for (student, teacher), answer_chunks in zip(batch, chunks):
        q = F.softmax(student.logits / temperature, -1)
        log_p = F.log_softmax(teacher.logits / temperature, -1)
        for s, t in answer_chunks:
            projected = torch.stack([projection.t() @ q[i] for i in s]).mean(0)
            geometric = torch.stack([log_p[i] for i in t]).mean(0).exp()
            values.append(kl(geometric / geometric.sum(), projected / projected.sum() + floor))
    return mean(values)


@dataclass
class Space:
    """What dual-space distillation needs of one model: features, embeddings of inputs and labels [N, d], head [V, d]."""

    features: torch.Tensor
    inputs: torch.Tensor
    labels: torch.Tensor
    head: torch.Tensor


def cross_space_logits(spaces, projectors):
    """[(teacher's features under the student's head [N_s, V_s], student's under the teacher's [N_l, V_l])] of every answer.

    spaces: (student, teacher) of every answer. projectors: {'query', 'toTeacher', 'toStudent'} → (weight, bias).
    """

    def project(x, name):
        weight, bias = projectors[name]
        return x @ weight.t() + bias

    def deviation(parts):
        return torch.cat([part.flatten() for part in parts]).std(unbiased=False)

    # DSKD scales by one deviation for the whole batch.
    key_scale = deviation([torch.cat([t.inputs, t.labels], -1) for _, t in spaces])
    feature_scale = deviation([t.features for _, t in spaces])
    label_scale = deviation([t.labels for _, t in spaces])
    pairs = []
    for s, t in spaces:
        query = project(torch.cat([s.inputs, s.labels], -1), 'query')
        key = torch.cat([t.inputs, t.labels], -1) / key_scale
        scores = query @ key.t() / math.sqrt(2 * t.features.shape[-1])
        values = project(t.features / feature_scale + t.labels / label_scale, 'toStudent')
        in_student = scores.softmax(-1) @ values @ s.head.t()
        in_teacher = scores.t().softmax(-1) @ project(s.features, 'toTeacher') @ t.head.t()
        pairs.append((in_student, in_teacher))
    return pairs


def dskd(batch, spaces, projectors, temperature):
    """The three terms of dual-space distillation with cross-model attention (arXiv 2406.17328, section 4)."""
    projector_ce, student_kl, teacher_kl = [], [], []
    for (student, teacher), logits in zip(batch, cross_space_logits(spaces, projectors)):
        in_student, in_teacher = logits
        for i, label in enumerate(student.labels):
            projector_ce.append(-in_student[i].log_softmax(-1)[label])
            target = in_student[i].detach()
            q = F.softmax(student.logits[i] / temperature, -1)
            right = float(target.argmax() == label)
            student_kl.append(right * kl(F.softmax(target / temperature, -1), q))
        for i in range(len(teacher.labels)):
            p = F.softmax(teacher.logits[i] / temperature, -1)
            teacher_kl.append(kl(p, F.softmax(in_teacher[i] / temperature, -1)))
    return {
        'projectorCe': mean(projector_ce),
        'studentSpaceKl': mean(student_kl),
        'teacherSpaceKl': mean(teacher_kl),
    }
