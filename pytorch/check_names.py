"""Compares the tensor names, shapes and types of every shipped checkpoint and of the text fixtures with reference_names.json.

Where the `transformers` package is installed, it must also load the folder without complaint. Exits with 1 and the differences when anything deviates.
"""
import json
import sys
from math import prod
from pathlib import Path

import torch

from genrecal.decoder import head_size
from genrecal.folder import load_tensors

ROOT = Path(__file__).resolve().parents[1]


def reference_shapes(config):
    """{name: shape} for one config.json, from reference_names.json."""
    vision, text = config.get('vision_config'), config.get('text_config', config)
    head = head_size(text)
    symbols = {
        'D': text['hidden_size'],
        'F': text['intermediate_size'],
        'Q': text['num_attention_heads'] * head,
        'K': text['num_key_value_heads'] * head,
        'H': head,
        'W': text['vocab_size'],
        'S': config.get('scale_factor', 1) ** 2,
    }
    layers = {'{t}': text['num_hidden_layers']}
    if vision is not None:
        symbols.update(
            {
                '3': 3,
                'V': vision['hidden_size'],
                'M': vision['intermediate_size'],
                'P': vision['patch_size'],
                'I': (vision['image_size'] // vision['patch_size']) ** 2,
            }
        )
        layers['{v}'] = vision['num_hidden_layers']
    reference = json.loads((ROOT / 'pytorch' / 'reference_names.json').read_text())[config['model_type']]
    shapes = {}
    for template, shape in reference.items():
        sizes = [prod(symbols[symbol] for symbol in size.split('*')) for size in shape]
        key = next((key for key in layers if key in template), None)
        names = [template] if key is None else [template.replace(key, str(i)) for i in range(layers[key])]
        shapes.update({name: sizes for name in names})
    return shapes


def transformers_problems(folder, config):
    """What `transformers` itself reports when it loads the folder; [] where it is not installed."""
    try:
        import transformers
    except ImportError:
        return []
    cls = getattr(transformers, config['architectures'][0])
    _, report = cls.from_pretrained(folder, output_loading_info=True)
    return [f'transformers: {key} {names}' for key, names in report.items() if names]


def differences(found, expected):
    """Lines that say what is missing, unknown or of another shape."""
    lines = [f'missing {name}' for name in expected if name not in found]
    lines += [f'unknown {name}' for name in found if name not in expected]
    lines += [
        f'{name}: {found[name]} instead of {expected[name]}'
        for name in expected
        if name in found and found[name] != expected[name]
    ]
    return lines


def main():
    roots = (ROOT / 'public' / 'checkpoints', ROOT / 'test' / 'fixtures' / 'text')
    folders = sorted(path.parent for root in roots for path in root.glob('*/config.json'))
    failed = not folders
    for folder in folders:
        config = json.loads((folder / 'config.json').read_text())
        tensors = load_tensors(folder)
        lines = [f'{name} is {t.dtype}' for name, t in tensors.items() if t.dtype != torch.float16]
        found = {name: list(tensor.shape) for name, tensor in tensors.items()}
        lines += differences(found, reference_shapes(config))
        lines += transformers_problems(folder, config)
        print(f'{folder.name}: {len(found)} tensors, {"ok" if not lines else "; ".join(lines)}')
        failed |= bool(lines)
    sys.exit(1 if failed else 0)


if __name__ == '__main__':
    main()
