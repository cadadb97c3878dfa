"""Checkpoint folders in the Hugging Face layout: read a shipped one, write shards with an index."""
import hashlib
import json
import shutil
from pathlib import Path

import torch

from .safetensors import load_file, save_file
from .sizes import build

SHARD_BYTES = 1 << 20  # small shards give even download progress and cache one by one


def load_tensors(folder):
    """{name: f16 tensor} of all shards, in the index's order."""
    folder = Path(folder)
    weight_map = json.loads((folder / 'model.safetensors.index.json').read_text())['weight_map']
    shards = {file: load_file(folder / file) for file in dict.fromkeys(weight_map.values())}
    return {name: shards[file][name] for name, file in weight_map.items()}


def load_folder(folder):
    """(model in f32 on the shipped f16 weights, config) of a checkpoint folder."""
    config = json.loads((Path(folder) / 'config.json').read_text())
    model = build(config)
    model.load_state_dict({name: tensor.float() for name, tensor in load_tensors(folder).items()})
    return model.eval(), config


def save_shards(tensors, folder):
    """Writes f16 shards and the index. A shard has at most SHARD_BYTES unless a single tensor, which is never split, has more."""
    half = {name: tensor.detach().to(torch.float16).cpu() for name, tensor in tensors.items()}
    shards, room = [{}], 0
    for name, tensor in half.items():
        need = tensor.numel() * 2 + len(name) + 96  # 96: this tensor's entry in the header
        if shards[-1] and room + need + 256 > SHARD_BYTES:
            shards.append({})
            room = 0
        shards[-1][name] = tensor
        room += need
    weight_map = {}
    for i, shard in enumerate(shards):
        file = f'model-{i + 1:05d}-of-{len(shards):05d}.safetensors'
        save_file(shard, Path(folder) / file, {'format': 'pt'})
        weight_map.update({name: file for name in shard})
    total = sum(tensor.numel() * 2 for tensor in half.values())
    index = {'metadata': {'total_size': total}, 'weight_map': weight_map}
    (Path(folder) / 'model.safetensors.index.json').write_text(json.dumps(index, indent=2) + '\n')


def integrity_of(folder, **more):
    """What integrity.json says: every file with its hash, and one hash over the shards, by which saved runs know the weights."""
    paths = [path for path in sorted(Path(folder).iterdir()) if path.is_file() and path.name != 'integrity.json']
    digests = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}
    shards = ''.join(digest for name, digest in digests.items() if name.endswith('.safetensors'))
    files = [{'path': path.name, 'bytes': path.stat().st_size, 'sha256': digests[path.name]} for path in paths]
    return {'files': files, 'weights': hashlib.sha256(shards.encode()).hexdigest(), **more}


def copy_texts(source, folder):
    """Copies what a checkpoint says of its model: configuration, tokenizer, processor."""
    for path in sorted(Path(source).iterdir()):
        texts = path.suffix in ('.json', '.jinja', '.txt', '.model')
        if texts and path.name != 'integrity.json' and not path.name.endswith('.safetensors.index.json'):
            shutil.copy(path, Path(folder) / path.name)


def write_template(folder):
    """The chat template that a folder's tokenizer alone knows, in a file of its own: the processors of `transformers` do not ask their tokenizer."""
    folder = Path(folder)
    read = {path.name: json.loads(path.read_text()) for path in folder.glob('*_config.json')}
    template = read.get('tokenizer_config.json', {}).get('chat_template')
    beside = any((folder / f'chat_template.{kind}').exists() for kind in ('jinja', 'json'))
    known = beside or 'chat_template' in read.get('processor_config.json', {})
    if isinstance(template, str) and not known:
        (folder / 'chat_template.jinja').write_text(template)
