"""LoRA (Hu et al. 2022) beside the linear layers of a decoder, as PEFT computes and names it."""
import math

import torch
from torch import nn

TARGETS = ('q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj')


class LoraLinear(nn.Module):
    """y = W·x + b + (alpha / rank)·B·A·x; W and b are frozen. A begins uniform, B at zero."""

    def __init__(self, base, rank, alpha):
        super().__init__()
        self.base = base.requires_grad_(False)
        self.scale = alpha / rank
        self.lora_A = nn.Linear(base.in_features, rank, bias=False)
        self.lora_B = nn.Linear(rank, base.out_features, bias=False)
        nn.init.kaiming_uniform_(self.lora_A.weight, a=math.sqrt(5))
        nn.init.zeros_(self.lora_B.weight)

    def forward(self, x):
        return self.base(x) + self.scale * self.lora_B(self.lora_A(x))

    @torch.no_grad()
    def merged(self):
        """The weight [out, in] of one layer that does the same."""
        return self.base.weight + self.scale * self.lora_B.weight @ self.lora_A.weight


def adapt(decoder, rank, alpha, targets=TARGETS):
    """Puts adapters beside the target layers of a decoder, in place, and freezes everything else in it."""
    decoder.requires_grad_(False)
    for module in list(decoder.modules()):
        for name, layer in list(module.named_children()):
            if name in targets and isinstance(layer, nn.Linear):
                setattr(module, name, LoraLinear(layer, rank, alpha))


def adapters(model):
    """{name: parameter} of every A and B, by PEFT's names within the model."""
    return {name: p for name, p in model.named_parameters() if '.lora_A.' in name or '.lora_B.' in name}
