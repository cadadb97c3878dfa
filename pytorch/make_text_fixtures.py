"""Models of text alone that the browser engine must load and compute: test/fixtures/text/<family>/, a small random checkpoint, and
<family>.{json,safetensors}, two token sequences with the features and logits of every token.

f32 compute on the f16 weights.
"""
import json
import shutil
from pathlib import Path

import torch

from genrecal.folder import integrity_of, load_folder, save_shards
from genrecal.safetensors import save_file
from genrecal.sizes import build
from genrecal.vlm import initialise

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / 'test' / 'fixtures' / 'text'

SHARED = {'attention_dropout': 0.0, 'hidden_act': 'silu', 'max_position_embeddings': 512, 'torch_dtype': 'float16'}
CONFIGS = {
    # Heads wider than width / heads, and a head of its own.
    'llama': {
        'architectures': ['LlamaForCausalLM'],
        'model_type': 'llama',
        **SHARED,
        'attention_bias': False,
        'mlp_bias': False,
        'head_dim': 24,
        'hidden_size': 64,
        'intermediate_size': 112,
        'num_attention_heads': 4,
        'num_hidden_layers': 2,
        'num_key_value_heads': 2,
        'rms_norm_eps': 1e-5,
        'rope_scaling': None,
        'rope_theta': 500000.0,
        'tie_word_embeddings': False,
        'vocab_size': 203,
    },
    'qwen2': {
        'architectures': ['Qwen2ForCausalLM'],
        'model_type': 'qwen2',
        **SHARED,
        'hidden_size': 64,
        'intermediate_size': 112,
        'num_attention_heads': 4,
        'num_hidden_layers': 2,
        'num_key_value_heads': 1,
        'rms_norm_eps': 1e-6,
        'rope_theta': 1000000.0,
        'tie_word_embeddings': True,
        'use_sliding_window': False,
        'vocab_size': 203,
    },
    # Heads normalised, and angles stretched as Llama 3 does it: with so short an original context that all three of its cases occur.
    'qwen3': {
        'architectures': ['Qwen3ForCausalLM'],
        'model_type': 'qwen3',
        **SHARED,
        'attention_bias': False,
        'head_dim': 16,
        'hidden_size': 64,
        'intermediate_size': 112,
        'num_attention_heads': 4,
        'num_hidden_layers': 2,
        'num_key_value_heads': 2,
        'rms_norm_eps': 1e-6,
        'rope_scaling': {
            'rope_type': 'llama3',
            'factor': 4.0,
            'low_freq_factor': 1.0,
            'high_freq_factor': 4.0,
            'original_max_position_embeddings': 32,
        },
        'rope_theta': 1000.0,
        'tie_word_embeddings': True,
        'use_sliding_window': False,
        'vocab_size': 203,
    },
}
LENGTHS = (12, 7)


def write_json(path, value):
    path.write_text(json.dumps(value, indent=2) + '\n')


def random_weights(config, seed):
    """Biases and the scales of norms are spread too: a fault in them would not show at 0 and 1."""
    model = initialise(build(config), seed)
    generator = torch.Generator().manual_seed(seed + 1)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() == 1:
                parameter.add_(torch.randn(parameter.shape, generator=generator), alpha=0.2)
    return model.state_dict()


def write_checkpoint(folder, config, weights):
    """A folder as `transformers` saves it with integrity.json; its texts are token ids, so the tokenizer's files are empty."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    write_json(folder / 'config.json', config)
    for file in ('tokenizer.json', 'tokenizer_config.json'):
        write_json(folder / file, {})
    save_shards(weights, folder)
    write_json(folder / 'integrity.json', integrity_of(folder))


@torch.no_grad()
def write_forward(folder, config, seed):
    """Two sequences of different length, the shorter one padded on the left."""
    model, _ = load_folder(folder)
    generator = torch.Generator().manual_seed(seed + 2)
    ids = torch.randint(1, config['vocab_size'], (len(LENGTHS), max(LENGTHS)), generator=generator)
    mask = torch.zeros(ids.shape)
    for b, length in enumerate(LENGTHS):
        mask[b, -length:] = 1
    ids = torch.where(mask > 0, ids, torch.zeros_like(ids))
    z = model.features(ids, mask)
    arrays = {key: value * mask[:, :, None] for key, value in {'z': z, 'logits': model.head(z)}.items()}
    save_file(arrays, folder.with_suffix('.safetensors'))
    described = {
        'about': 'z [B,N,d] after the final norm and logits [B,N,V] of every token; 0 at padding, which is on the left.',
        'ids': ids.tolist(),
        'mask': mask.int().tolist(),
    }
    folder.with_suffix('.json').write_text(json.dumps(described) + '\n')


def main():
    torch.set_num_threads(1)
    for seed, (name, config) in enumerate(CONFIGS.items()):
        write_checkpoint(OUT / name, config, random_weights(config, 10 * seed))
        write_forward(OUT / name, config, 10 * seed)


if __name__ == '__main__':
    main()
