"""GenRecal's losses (arXiv 2506.15681): L_main, L_reg and L_sft, and their sums in the three stages.

Each term is a mean over the answer tokens of the batch that are not padding; logarithms and softmax in f32.
"""
from dataclasses import dataclass

import torch
from torch.nn import functional as F

from .rope import positions_from_mask


@dataclass(frozen=True)
class Options:
    """The recipe's choices; the defaults are the paper's, except `first_answer_token` (ours)."""

    first_answer_token: bool = True
    regulariser: str = 'ce+kl'  # 'ce+kl' | 'ce' | 'kl' | 'feature-mse' | 'none'
    regulariser_weight: float = 1.0
    regulariser_in_distil: bool = False
    ce_weight: float = 1.0  # of L_main's terms; L_reg has one weight of its own
    kl_weight: float = 1.0
    sft_weight: float = 1.0
    temperature: float = 1.0
    reassign_positions: bool = True  # NPE
    answer_features: str = 'teacher-body'  # 'teacher-body' | 'teacher-embedding'


@dataclass
class Tokens:
    """One model's view of a batch: ids, mask [B, Nq+Na] (1 = real), split at question_length."""

    ids: torch.Tensor
    mask: torch.Tensor
    question_length: int

    @staticmethod
    def padded(rows, pad, question_length=None, answer_length=None):
        """[pad… question | answer …pad] of rows (question ids, answer ids); the lengths default to the longest."""
        nq = question_length or max(len(question) for question, _ in rows)
        na = answer_length or max(len(answer) for _, answer in rows)
        ids, mask = torch.full((len(rows), nq + na), pad), torch.zeros(len(rows), nq + na)
        for b, (question, answer) in enumerate(rows):
            place = slice(nq - len(question), nq + len(answer))
            ids[b, place], mask[b, place] = torch.tensor([*question, *answer]), 1
        return Tokens(ids, mask, nq)

    @property
    def answers(self):
        """(ids [B, Na], mask [B, Na])"""
        return self.ids[:, self.question_length :], self.mask[:, self.question_length :]


def masked_mean(values, mask):
    """Mean of values [B, N] where mask is 1; 0 where it is nowhere, as in a process's part of a batch it may be."""
    return (values * mask).sum() / mask.sum().clamp(min=1)


def cross_entropy(logits, ids, mask):
    """Mean CE of logits [B, N, V] against ids [B, N] over mask."""
    return masked_mean(F.cross_entropy(logits.transpose(1, 2), ids.long(), reduction='none'), mask)


def kl_divergence(teacher_logits, logits, mask, temperature):
    """Mean forward KL(teacher ‖ logits) over mask, both softened by the temperature; no T² factor."""
    p = F.log_softmax(teacher_logits / temperature, dim=-1)
    q = F.log_softmax(logits / temperature, dim=-1)
    return masked_mean((p.exp() * (p - q)).sum(-1), mask)


def predictors(features, question_length, first_answer_token):
    """Features [B, N, d] at the positions that predict the answer's tokens: from the last question position
    (all Na tokens) or from the first answer position (all but the first token)."""
    return features[:, question_length - 1 if first_answer_token else question_length : -1]


def recalibrated(rec, options, question, question_mask, question_tokens, teacher, answer_features):
    """r [B, Nq+Na, d_l]; `question_tokens` is the view whose own position ids the question has without NPE."""
    _, answer_mask = teacher.answers
    if options.reassign_positions:
        positions = (None, None)
    else:
        positions = (
            positions_from_mask(question_tokens.mask)[:, : question_tokens.question_length],
            positions_from_mask(teacher.mask)[:, teacher.question_length :],
        )
    return rec(question, question_mask, positions[0], answer_features, answer_mask, positions[1])


def genrecal_terms(stage, rec, options, head_l, teacher, z_l, embeddings_l, student, z_s):
    """{'mainCe', 'mainKl', 'regCe', 'regKl', 'regMse'} → scalar tensors (the regulariser's where the
    stage and its form need them).

    head_l: the teacher's frozen head. z_l, z_s: body features [B, N, d] of both models on their own tokens.
    embeddings_l: the teacher's token embeddings of its answer [B, Na, d_l].
    """
    nq_l, nq_s = teacher.question_length, student.question_length
    ids, answer_mask = teacher.answers
    first = 0 if options.first_answer_token else 1
    ids, scored = ids[:, first:], answer_mask[:, first:]
    answer = z_l[:, nq_l:] if options.answer_features == 'teacher-body' else embeddings_l
    teacher_features = predictors(z_l, nq_l, options.first_answer_token)
    teacher_logits = head_l(teacher_features)

    r = recalibrated(rec, options, z_s[:, :nq_s], student.mask[:, :nq_s], student, teacher, answer)
    logits = head_l(predictors(r, nq_s, options.first_answer_token))
    terms = {
        'mainCe': cross_entropy(logits, ids, scored),
        'mainKl': kl_divergence(teacher_logits, logits, scored, options.temperature),
    }
    if options.regulariser == 'none' or not (stage == 'align' or options.regulariser_in_distil):
        return terms
    question = rec.proj_pre(z_l[:, :nq_l])
    r = recalibrated(rec, options, question, teacher.mask[:, :nq_l], teacher, teacher, answer)
    features = predictors(r, nq_l, options.first_answer_token)
    if 'ce' in options.regulariser.split('+'):
        terms['regCe'] = cross_entropy(head_l(features), ids, scored)
    if 'kl' in options.regulariser.split('+'):
        terms['regKl'] = kl_divergence(teacher_logits, head_l(features), scored, options.temperature)
    if options.regulariser == 'feature-mse':
        terms['regMse'] = masked_mean((features - teacher_features).pow(2).mean(-1), scored)
    return terms


def student_cross_entropy(student_model, student, z_s):
    """L_sft: CE(H_s(z_as), gt_s) over all answer tokens, the first from the last question position."""
    ids, mask = student.answers
    return cross_entropy(student_model.head(predictors(z_s, student.question_length, True)), ids, mask)


def loss_weights(stage, options, objective='genrecal'):
    """{term: weight in the total} of a stage ('align' 1, 'distil' 2, 'finetune' 3); L_reg's terms keep the weights of L_main's as well."""
    if stage == 'finetune':
        return {'sft': 1.0}
    if objective != 'genrecal':  # plain cross-entropy has no stage 1
        return {} if stage == 'align' else {'sft': options.sft_weight}
    weights = {'mainCe': options.ce_weight, 'mainKl': options.kl_weight}
    for term, weight in (('regCe', options.ce_weight), ('regKl', options.kl_weight), ('regMse', 1.0)):
        weights[term] = options.regulariser_weight * weight
    if stage == 'distil':
        weights['sft'] = options.sft_weight
    return weights


def stage_loss(stage, options, terms):
    """Total of a stage of GenRecal from its terms (genrecal_terms plus 'sft')."""
    weights = loss_weights(stage, options)
    return sum(weights[name] * term for name, term in terms.items() if name in weights)
