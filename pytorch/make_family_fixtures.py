"""Vision-language models that people bring, which the browser engine must load and compute: test/fixtures/families/<name>/, a small random
checkpoint as `transformers` saves it, and <name>.{json,safetensors}, questions about two pictures with the features and logits of
every token.

The reference is this folder's own modules, written from the public definitions; check_names.py asks `transformers` itself where it is installed.
f32 compute on the f16 weights.
"""
import json
import shutil
from pathlib import Path

import torch

from genrecal.safetensors import save_file
from genrecal.sizes import build
from make_text_fixtures import random_weights, write_json

OUT = Path(__file__).resolve().parents[1] / 'test' / 'fixtures' / 'families'
VOCABULARY, IMAGE = 120, 7

TEXT = {
    'hidden_act': 'silu',
    'hidden_size': 64,
    'intermediate_size': 96,
    'max_position_embeddings': 512,
    'num_attention_heads': 4,
    'num_hidden_layers': 2,
    'num_key_value_heads': 2,
    'rms_norm_eps': 1e-6,
    'rope_theta': 10000.0,
    'vocab_size': VOCABULARY,
}
QWEN2 = {**TEXT, 'model_type': 'qwen2', 'use_sliding_window': False}
LLAMA = {**TEXT, 'model_type': 'llama', 'attention_bias': False, 'mlp_bias': False}
# 28 px / 8: the last four pixels of every side are not read.
VISION = {
    'hidden_act': 'gelu_pytorch_tanh',
    'hidden_size': 32,
    'image_size': 28,
    'intermediate_size': 48,
    'layer_norm_eps': 1e-6,
    'num_attention_heads': 4,
    'num_hidden_layers': 3,
    'patch_size': 8,
}
# Without the pooling head that `transformers` would add: no family reads it.
SIGLIP = {**VISION, 'model_type': 'siglip_vision_model', 'vision_use_head': False}
CLIP = {**VISION, 'model_type': 'clip_vision_model', 'hidden_act': 'quick_gelu', 'layer_norm_eps': 1e-5}
LLAVA = {'image_token_index': IMAGE, 'projector_hidden_act': 'gelu', 'multimodal_projector_bias': True}
PICTURES = {'image_mean': [0.5] * 3, 'image_std': [0.5] * 3, 'resample': 3}
CUT = {**PICTURES, 'resample': 1, 'max_image_size': {'longest_edge': 32}}

# (config.json, preprocessor_config.json, squares a picture is cut into, renames of transformers 5)
MODELS = {
    'llava-clip-llama': (
        {
            'model_type': 'llava',
            **LLAVA,
            'multimodal_projector_bias': False,
            'text_config': {**LLAMA, 'rope_scaling': {'rope_type': 'linear', 'factor': 2.0}},
            'vision_config': CLIP,
            'vision_feature_layer': -2,
            'vision_feature_select_strategy': 'default',
            'tie_word_embeddings': False,
        },
        {**PICTURES, 'size': {'shortest_edge': 28}, 'do_center_crop': True, 'crop_size': {'height': 28, 'width': 28}},
        1,
        {'vision_tower.': 'model.vision_tower.', 'multi_modal_projector.': 'model.multi_modal_projector.',
         'language_model.model.': 'model.language_model.', 'language_model.lm_head.': 'lm_head.'},
    ),
    'llava-siglip-qwen2': (
        {
            'model_type': 'llava',
            **LLAVA,
            'text_config': QWEN2,
            'vision_config': SIGLIP,
            'vision_feature_layer': -1,
            'vision_feature_select_strategy': 'full',
            'tie_word_embeddings': True,
        },
        {**PICTURES, 'size': {'height': 28, 'width': 28}},
        1,
        {},
    ),
    'llava-onevision': (
        {
            'model_type': 'llava_onevision',
            **LLAVA,
            'text_config': QWEN2,
            'vision_config': SIGLIP,
            'vision_feature_layer': -1,
            'vision_feature_select_strategy': 'full',
            'tie_word_embeddings': False,
        },
        {**PICTURES, 'size': {'height': 28, 'width': 28}},
        1,
        {'vision_tower.vision_model.': 'model.vision_tower.', 'multi_modal_projector.': 'model.multi_modal_projector.',
         'language_model.model.': 'model.language_model.', 'language_model.lm_head.': 'lm_head.',
         'image_newline': 'model.image_newline'},
    ),
    'idefics3-split': (
        {
            'model_type': 'idefics3',
            'image_token_id': IMAGE,
            'scale_factor': 2,
            'text_config': LLAMA,
            'vision_config': {**VISION, 'model_type': 'idefics3_vision', 'image_size': 32},
            'tie_word_embeddings': False,
        },
        {**CUT, 'do_image_splitting': True, 'size': {'longest_edge': 64}},
        5,
        {},
    ),
    'smolvlm': (
        {
            'model_type': 'smolvlm',
            'image_token_id': IMAGE,
            'scale_factor': 2,
            'text_config': LLAMA,
            'vision_config': {**VISION, 'model_type': 'smolvlm_vision', 'image_size': 32},
            'tie_word_embeddings': False,
        },
        {**CUT, 'do_image_splitting': False, 'size': {'longest_edge': 32}},
        1,
        {},
    ),
}
# Tokens before and after the picture's; the shorter question is padded on the left.
TEXTS = ((2, 6), (2, 3))


def renamed(name, renames):
    for old, new in renames.items():
        if name.startswith(old):
            return new + name[len(old) :]
    return name


@torch.no_grad()
def write(name, config, pictures, squares, renames, seed):
    folder = OUT / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    # config.json says nothing of keys that `transformers` fills in.
    write_json(folder / 'config.json', config)
    write_json(folder / 'preprocessor_config.json', pictures)
    for file in ('tokenizer.json', 'tokenizer_config.json'):
        write_json(folder / file, {})
    weights = {key: tensor.half() for key, tensor in random_weights(config, seed).items()}
    save_file({renamed(key, renames): tensor for key, tensor in weights.items()}, folder / 'model.safetensors', {'format': 'pt'})

    model = build(config).eval()
    model.load_state_dict({key: tensor.float() for key, tensor in weights.items()})
    generator = torch.Generator().manual_seed(seed + 2)
    size = config['vision_config']['image_size']
    pixels = torch.randn(len(TEXTS) * squares, 3, size, size, generator=generator)
    tokens = model.image_features(pixels)
    per_picture = squares * tokens.shape[1]
    length = max(sum(text) for text in TEXTS) + per_picture
    ids = torch.zeros(len(TEXTS), length, dtype=torch.long)
    mask = torch.zeros(ids.shape)
    for b, (before, after) in enumerate(TEXTS):
        text = torch.randint(IMAGE + 1, VOCABULARY, (before + after,), generator=generator)
        row = torch.cat([text[:before], torch.full((per_picture,), IMAGE), text[before:]])
        ids[b, -len(row) :] = row
        mask[b, -len(row) :] = 1
    z = model.features(ids, mask, pixels)
    arrays = {'pixels': pixels, 'image_tokens': tokens.reshape(-1, tokens.shape[-1])}
    arrays.update({key: value * mask[:, :, None] for key, value in {'z': z, 'logits': model.head(z)}.items()})
    save_file(arrays, folder.with_suffix('.safetensors'))
    described = {
        'about': 'pixels [B·squares,3,S,S]; image_tokens [B·T,d]; z [B,N,d] after the final norm and logits [B,N,V] of every token, 0 at padding.',
        'ids': ids.tolist(),
        'mask': mask.int().tolist(),
    }
    folder.with_suffix('.json').write_text(json.dumps(described) + '\n')


def main():
    torch.set_num_threads(1)
    for seed, (name, model) in enumerate(MODELS.items()):
        write(name, *model, 100 + 10 * seed)


if __name__ == '__main__':
    main()
