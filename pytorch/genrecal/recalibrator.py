"""The Recalibrator (GenRecal, arXiv 2506.15681, section 3): Rec-proj-pre, Rec-body, norm, Rec-proj-post.

Tensor names are those of the browser engine: rec.proj_pre, rec.layers.N (the student's decoder block),
rec.norm, rec.proj_post.
"""
import torch
from torch import nn

from .decoder import DecoderLayer, RMSNorm, attention_bias, head_size
from .rope import frequencies, positions_from_mask, rope_tables


class Recalibrator(nn.Module):
    """Maps [z_qs ; z_al] (widths d_s and d_l) to [r_qs ; r_al] of width d_l."""

    def __init__(self, student_text_config, teacher_width, depth=2, norm_before_projection=True):
        super().__init__()
        width = student_text_config['hidden_size']
        self.config = student_text_config
        self.norm_before_projection = norm_before_projection
        self.proj_pre = nn.Linear(teacher_width, width)
        self.layers = nn.ModuleList(DecoderLayer(student_text_config) for _ in range(depth))
        self.norm = RMSNorm(width, student_text_config['rms_norm_eps'])
        self.proj_post = nn.Linear(width, teacher_width)

    def initialise(self, seed):
        """Blocks normal with std 0.02, projections with std 1/sqrt(fan_in), biases 0, norms 1."""
        generator = torch.Generator().manual_seed(seed)
        with torch.no_grad():
            for name, parameter in self.named_parameters():
                if parameter.dim() == 1:
                    parameter.fill_(1.0 if name.endswith('weight') else 0.0)
                else:
                    std = parameter.shape[1] ** -0.5 if name.startswith('proj') else 0.02
                    parameter.normal_(0.0, std, generator=generator)
        return self

    def forward(self, question, question_mask, question_positions, answer, answer_mask, answer_positions):
        """question [B, Nq, d_s], answer features [B, Na, d_l] → r [B, Nq+Na, d_l].

        Positions are the ids that the tokens have in their own models, or None for NPE: 0… from the first
        real token of the joined sequence.
        """
        x = torch.cat([question, self.proj_pre(answer)], dim=1)
        mask = torch.cat([question_mask, answer_mask], dim=1)
        if question_positions is None:
            positions = positions_from_mask(mask)
        else:
            positions = torch.cat([question_positions, answer_positions], dim=1)
        tables = rope_tables(positions, frequencies(head_size(self.config), self.config))
        bias = attention_bias(mask)
        for layer in self.layers:
            x = layer(x, tables, bias)
        return self.proj_post(self.norm(x) if self.norm_before_projection else x)
