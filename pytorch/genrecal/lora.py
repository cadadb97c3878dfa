"""LoRA (Hu et al. 2022) beside the linear layers of a decoder, as PEFT computes, names and saves it."""
import json
import math
import re

import torch
from torch import nn
from torch.nn import functional as F

from .safetensors import save_file

TARGETS = ('q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj')


class LoraLinear(nn.Module):
    """y = W·x + b + (alpha / rank)·B·A·x; W and b, under the names they had, are frozen. A begins uniform, B at zero."""

    def __init__(self, base, rank, alpha):
        super().__init__()
        self.weight, self.bias = base.weight, base.bias
        self.requires_grad_(False)
        self.scale = alpha / rank
        self.lora_A = nn.Linear(base.in_features, rank, bias=False)
        self.lora_B = nn.Linear(rank, base.out_features, bias=False)
        nn.init.kaiming_uniform_(self.lora_A.weight, a=math.sqrt(5))
        nn.init.zeros_(self.lora_B.weight)

    def forward(self, x):
        return F.linear(x, self.weight, self.bias) + self.scale * self.lora_B(self.lora_A(x))


def adapt(decoder, rank, alpha, targets=TARGETS):
    """Puts adapters beside the target layers of a decoder, in place, and freezes everything else in it."""
    decoder.requires_grad_(False)
    for module in list(decoder.modules()):
        for name, layer in list(module.named_children()):
            if name in targets and isinstance(layer, nn.Linear):
                setattr(module, name, LoraLinear(layer, rank, alpha))


def is_adapter(name):
    return '.lora_A.' in name or '.lora_B.' in name


def adapters(model):
    """{name: parameter} of every A and B, by PEFT's names within the model."""
    return {name: p for name, p in model.named_parameters() if is_adapter(name)}


def merged(tensors, scale):
    """{name: tensor} of weights and adapters → the weights that do the same without adapters: W + scale·B·A."""
    weights = {}
    for name, tensor in tensors.items():
        if is_adapter(name):
            continue
        layer = name.removesuffix('.weight')
        a, b = (tensors.get(f'{layer}.lora_{matrix}.weight') for matrix in 'AB')
        weights[name] = tensor if a is None else tensor + scale * b @ a
    return weights


def save_adapter(folder, base, decoder, tensors, lora):
    """Adapters as PEFT saves them (src/engine/export/write-adapter.ts): adapter_config.json, and adapter_model.safetensors in f32.

    base: the model's name, where PEFT looks for it. decoder: its place among the modules of `transformers`. tensors: {engine's name: A or B}.
    """
    folder.mkdir(exist_ok=True)
    config = {
        'alpha_pattern': {},
        'auto_mapping': None,
        'base_model_name_or_path': base,
        'bias': 'none',
        'fan_in_fan_out': False,
        'inference_mode': True,
        'init_lora_weights': True,
        'lora_alpha': lora['alpha'],
        'lora_dropout': 0,
        'modules_to_save': None,
        'peft_type': 'LORA',
        'r': lora['rank'],
        'rank_pattern': {},
        'revision': None,
        # A pattern: by their names alone, layers of the vision encoder would be meant as well.
        'target_modules': rf'{re.escape(decoder)}\.layers\.\d+\.(?:self_attn|mlp)\.(?:{"|".join(lora["targets"])})',
        'task_type': None,
        'use_dora': False,
        'use_rslora': False,
    }
    (folder / 'adapter_config.json').write_text(json.dumps(config, indent=2) + '\n')
    named = {f'base_model.model.{decoder}{name[name.index(".layers.") :]}': tensor.float() for name, tensor in tensors.items()}
    save_file(named, folder / 'adapter_model.safetensors', {'format': 'pt'})
