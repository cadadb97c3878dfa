"""The stage-2 step that `npm run bench -- --gpu` times, in PyTorch: eager, compiled, and captured in a CUDA graph.

    python3 bench/torch_step.py <folder> --rounds 20

The folder holds inputs.json and inputs.bin as bench/gpu/torch.ts writes them: one batch, the Recalibrator's first weights, and the
recipe's numbers; the models are those of public/checkpoints. The teacher's features are computed once; masks and positions are made
outside of the step, so that nothing in it comes from the host. One JSON object on standard output: for each way of running it
milliseconds a step, one at a time with a readback and back to back, and the first losses; or a note on why it does not run here.
All numbers are f32, TF32 off.
"""
import argparse
import json
import shutil
import statistics
import sys
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / 'pytorch'))

from genrecal.decoder import attention_bias, head_size  # noqa: E402
from genrecal.folder import load_folder  # noqa: E402
from genrecal.losses import cross_entropy, kl_divergence, predictors  # noqa: E402
from genrecal.recalibrator import Recalibrator  # noqa: E402
from genrecal.rope import positions_from_mask, rope_tables  # noqa: E402

CHECKED_UPDATES = 3
WARM_UP_UPDATES = 3


def read_inputs(folder):
    """(meta, {name: tensor}) of a folder that bench/gpu/torch.ts wrote."""
    meta = json.loads((Path(folder) / 'inputs.json').read_text())
    data = (Path(folder) / 'inputs.bin').read_bytes()
    tensors = {}
    for entry in meta['tensors']:
        count = int(np.prod(entry['shape']))
        array = np.frombuffer(data, np.dtype(entry['type']), count, entry['offset'])
        tensors[entry['name']] = torch.from_numpy(array.reshape(entry['shape']).copy())
    return meta, tensors


def pictures(patches, batch, patch):
    """patches [B·P, 3·p·p], row-major, → pixel values [B, 3, S, S]."""
    side = int((len(patches) // batch) ** 0.5)
    grid = patches.view(batch, side, side, 3, patch, patch)
    return grid.permute(0, 3, 1, 4, 2, 5).reshape(batch, 3, side * patch, side * patch)


def through(layers, norm, x, context):
    """Decoder blocks and a norm, over positions and masks that are known already."""
    for layer in layers:
        x = layer(x, *context)
    return norm(x)


def context_of(mask, text_config):
    """What attention reads beside its input: (rotary tables, bias)."""
    tables = rope_tables(positions_from_mask(mask), head_size(text_config), text_config['rope_theta'])
    return tables, attention_bias(mask)


class Step:
    """One student of GenRecal with its Recalibrator on one batch, ready to be updated."""

    def __init__(self, folder, device, **optimiser):
        meta, tensors = read_inputs(folder)
        tensors = {name: tensor.to(device) for name, tensor in tensors.items()}
        self.meta = meta
        batch, (nq_s, nq_l) = meta['batch'], (meta['questionLength'][who] for who in ('student', 'teacher'))
        self.nq_s, self.nq_l = nq_s, nq_l
        self.student, config = load_folder(ROOT / 'public' / 'checkpoints' / meta['student'])
        teacher, teacher_config = load_folder(ROOT / 'public' / 'checkpoints' / meta['teacher'])
        self.student.to(device)
        self.teacher = teacher.to(device).requires_grad_(False)
        self.rec = Recalibrator(
            config['text_config'], teacher_config['text_config']['hidden_size'], meta['depth'], meta['norm']
        ).to(device)
        self.rec.load_state_dict(
            {name[4:]: tensor for name, tensor in tensors.items() if name.startswith('rec.')}
        )
        ids, mask = tensors['student.ids'], tensors['student.mask']
        teacher_ids, teacher_mask = tensors['teacher.ids'], tensors['teacher.mask']
        self.ids = ids.long()
        self.pixels = pictures(tensors['student.patches'], batch, config['vision_config']['patch_size'])
        is_image = self.ids == self.student.image_token
        self.is_image = is_image[:, :, None]
        self.image_index = (is_image.long().cumsum(1) - 1).clamp(min=0)[:, :, None]
        self.context = context_of(mask, config['text_config'])
        joined = torch.cat([mask[:, :nq_s], teacher_mask[:, nq_l:]], dim=1)
        self.joined = context_of(joined, config['text_config'])
        self.labels, self.scored = ids[:, nq_s:].long(), mask[:, nq_s:]
        self.teacher_labels, self.teacher_scored = teacher_ids[:, nq_l:].long(), teacher_mask[:, nq_l:]
        with torch.no_grad():
            patch = teacher_config['vision_config']['patch_size']
            pixels = pictures(tensors['teacher.patches'], batch, patch)
            self.z_l = self.teacher.features(teacher_ids.long(), teacher_mask, pixels)
        trained = [p for p in (*self.rec.parameters(), *self.student.parameters()) if p.requires_grad]
        self.parameters = trained
        self.first = [p.detach().clone() for p in trained]
        o = meta['optimiser']
        decayed = [p for p in trained if p.dim() > 1]
        plain = [p for p in trained if p.dim() == 1]
        groups = [
            {'params': decayed, 'weight_decay': o['weightDecay']},
            {'params': plain, 'weight_decay': 0.0},
        ]
        betas = (o['beta1'], o['beta2'])
        self.optimiser = torch.optim.AdamW(
            groups, lr=meta['learningRate'], betas=betas, eps=o['epsilon'], **optimiser
        )
        self.losses = self.losses_of

    def losses_of(self):
        """(weighted total, [mainCe, mainKl, sft])"""
        student, rec, head, meta = self.student, self.rec, self.teacher.head, self.meta
        body = student.text_body
        images = student.image_features(self.pixels)
        placed = images.gather(1, self.image_index.expand(-1, -1, images.shape[-1]))
        embeds = torch.where(self.is_image, placed, body.embed_tokens(self.ids))
        z = through(body.layers, body.norm, embeds, self.context)
        joined = torch.cat([z[:, : self.nq_s], rec.proj_pre(self.z_l[:, self.nq_l :])], dim=1)
        norm = rec.norm if rec.norm_before_projection else nn.Identity()
        r = through(rec.layers, norm, joined, self.joined)
        logits = head(rec.proj_post(predictors(r, self.nq_s, True)))
        wanted = head(predictors(self.z_l, self.nq_l, True))
        main_ce = cross_entropy(logits, self.teacher_labels, self.teacher_scored)
        main_kl = kl_divergence(wanted, logits, self.teacher_scored, meta['loss']['temperature'])
        sft = cross_entropy(student.head(predictors(z, self.nq_s, True)), self.labels, self.scored)
        weights = meta['loss']
        total = weights['mainCe'] * main_ce + weights['mainKl'] * main_kl + weights['sft'] * sft
        return total, torch.stack([main_ce, main_kl, sft]).detach()

    def update(self):
        """One update; [mainCe, mainKl, sft, gradientNorm], still on the device."""
        self.optimiser.zero_grad(set_to_none=True)
        total, terms = self.losses()
        total.backward()
        reached = [p for p in self.parameters if p.grad is not None]
        norm = nn.utils.clip_grad_norm_(reached, self.meta['optimiser']['clipNorm'])
        self.optimiser.step()
        return torch.cat([terms, norm.detach().reshape(1)])

    def restart(self):
        """The first weights and an optimiser that has seen nothing, in place."""
        with torch.no_grad():
            for parameter, first in zip(self.parameters, self.first):
                parameter.copy_(first)
            for state in self.optimiser.state.values():
                for name, value in state.items():
                    if torch.is_tensor(value):
                        value.zero_()
                    else:
                        state[name] = 0


def eager(folder, device, **optimiser):
    step = Step(folder, device, **optimiser)
    step.update()
    return step, step.update


def compiled(folder, device):
    if not hasattr(torch, 'compile'):
        raise RuntimeError(f'PyTorch {torch.__version__} has no torch.compile')
    if device == 'cpu' and not (shutil.which('g++') or shutil.which('c++')):
        raise RuntimeError('torch.compile needs a C++ compiler here')
    step = Step(folder, device, **({'fused': True} if device == 'cuda' else {}))
    run = torch.compile(step.losses_of, mode='reduce-overhead')

    def losses():
        torch.compiler.cudagraph_mark_step_begin()
        total, terms = run()
        # The next run overwrites what this one returns.
        return total, terms.clone()

    step.losses = losses
    for _ in range(WARM_UP_UPDATES):
        step.update()
    return step, step.update


def captured(folder, device):
    if device != 'cuda':
        raise RuntimeError('CUDA graphs need a CUDA device')
    step = Step(folder, device, capturable=True)
    stream = torch.cuda.Stream()
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        for _ in range(WARM_UP_UPDATES):
            step.update()
    torch.cuda.current_stream().wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        result = step.update()

    def replay():
        graph.replay()
        return result

    return step, replay


WAYS = {
    'eager': lambda folder, device: eager(folder, device),
    'eager, fused AdamW': lambda folder, device: eager(folder, device, fused=True),
    'torch.compile, reduce-overhead': compiled,
    'CUDA graph': captured,
}


def measure(way, folder, device, rounds):
    """Times of one way of running the step, and its first losses from the first weights on."""
    sync = torch.cuda.synchronize if device == 'cuda' else lambda: None
    step, update = WAYS[way](folder, device)
    step.restart()
    checked = [update().tolist() for _ in range(CHECKED_UPDATES)]
    single = []
    for _ in range(rounds):
        begun = time.perf_counter()
        update().tolist()
        single.append(1000 * (time.perf_counter() - begun))
    sync()
    begun = time.perf_counter()
    for _ in range(rounds):
        update()
    sync()
    together = 1000 * (time.perf_counter() - begun) / rounds
    return {'singleMs': statistics.median(single), 'backToBackMs': together, 'checked': checked}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('folder')
    parser.add_argument('--rounds', type=int, default=20)
    arguments = parser.parse_args()
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    device = 'cuda' if torch.cuda.is_available() else 'cpu'
    ways = {}
    for way in WAYS:
        try:
            ways[way] = measure(way, arguments.folder, device, arguments.rounds)
        except Exception as error:  # whatever keeps one way from running is said, and the others run
            ways[way] = {'note': f'{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ""}'}
    name = torch.cuda.get_device_name() if device == 'cuda' else 'CPU'
    print(json.dumps({'torch': torch.__version__, 'device': name, 'ways': ways}))


if __name__ == '__main__':
    main()
