"""One update of LoRA that the browser engine must reproduce: test/fixtures/lora/nano-student.{json,safetensors}.

The nano student with adapters on every linear layer of its decoder, on the two questions of test/fixtures/parity/nano-student.json: plain
cross-entropy (stage 3), its gradients, and the adapters after one step of AdamW. f32 compute on the shipped f16 weights.
"""
import json
from pathlib import Path

import torch

from genrecal.folder import load_folder
from genrecal.lora import LoraLinear, TARGETS, adapt, adapters, merged
from genrecal.losses import Tokens, student_cross_entropy
from genrecal.safetensors import load_file, save_file

ROOT = Path(__file__).resolve().parents[1]
PARITY = ROOT / 'test' / 'fixtures' / 'parity'
OUT = ROOT / 'test' / 'fixtures' / 'lora'
NAME = 'nano-student'
RANK, ALPHA = 4, 6
STEP = {'learningRate': 1e-3, 'weightDecay': 0.1, 'epsilon': 1e-5, 'clipNorm': 0.05}


def main():
    torch.set_num_threads(1)
    torch.manual_seed(7)
    OUT.mkdir(parents=True, exist_ok=True)
    described = json.loads((PARITY / f'{NAME}.json').read_text())
    pixels = load_file(PARITY / f'{NAME}.safetensors')['pixel_values']
    tokens = Tokens(torch.tensor(described['ids']), torch.tensor(described['mask']).float(), described['questionLength'])
    model, _ = load_folder(ROOT / 'public' / 'checkpoints' / NAME)
    model.requires_grad_(False)
    adapt(model.text_body, RANK, ALPHA)
    for name, parameter in adapters(model).items():
        if '.lora_B.' in name:  # at zero, no gradient would reach A
            torch.nn.init.normal_(parameter, std=0.05)
    own = adapters(model)
    arrays = {f'before.{name}': p.detach().clone() for name, p in own.items()}

    z = model.features(tokens.ids, tokens.mask, pixels)
    nq = tokens.question_length
    arrays['answer_logits'] = model.head(z[:, nq - 1 : -1]) * tokens.answers[1][:, :, None]
    loss = student_cross_entropy(model, tokens, z)
    loss.backward()
    arrays.update({f'gradient.{name}': p.grad.clone() for name, p in own.items()})
    norm = torch.nn.utils.clip_grad_norm_(own.values(), STEP['clipNorm'])
    for layer in model.modules():
        if isinstance(layer, LoraLinear):
            assert layer.weight.grad is None
    layer = 'layers.0.self_attn.k_proj.weight'
    arrays['merged'] = merged(model.text_body.state_dict(), ALPHA / RANK)[layer]
    torch.optim.AdamW(
        own.values(), lr=STEP['learningRate'], weight_decay=STEP['weightDecay'], eps=STEP['epsilon']
    ).step()
    arrays.update({f'after.{name}': p.detach() for name, p in own.items()})
    save_file(arrays, OUT / f'{NAME}.safetensors')
    numbers = {
        'about': 'before.<A or B>, gradient.<A or B> of the loss, and after.<A or B> one step of AdamW; answer_logits '
        '[B,Na,V] with the adapters as they begin, 0 at padding; merged: W + alpha/rank·B·A of layers.0.self_attn.k_proj.',
        'model': NAME,
        'lora': {'rank': RANK, 'alpha': ALPHA, 'targets': list(TARGETS)},
        'optimiser': STEP,
        'examples': described['examples'],
        'loss': loss.item(),
        'gradientNorm': norm.item(),
    }
    (OUT / f'{NAME}.json').write_text(json.dumps(numbers, ensure_ascii=False) + '\n')


if __name__ == '__main__':
    main()
