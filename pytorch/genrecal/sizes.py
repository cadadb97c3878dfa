"""The built-in models: one row per model, and the `transformers` config.json that each row stands for."""
from dataclasses import dataclass

from .idefics3 import Idefics3ForConditionalGeneration
from .llava import LlavaForConditionalGeneration
from .text import TextModel


@dataclass(frozen=True)
class Size:
    """Widths and depths of one model; `image` and `patch` in pixels, `scale` = Idefics3's pixel-shuffle factor."""

    family: str
    tokenizer: str
    image: int
    patch: int
    vision: tuple  # width, layers, heads, mlp
    text: tuple  # width, layers, heads, kv heads, ffn
    scale: int = 1

    @property
    def image_tokens(self):
        return (self.image // self.patch // self.scale) ** 2

    @property
    def role(self):
        return 'teacher' if self.family == 'llava' else 'student'


SIZES = {
    'nano-teacher': Size('llava', 'gpt2-bpe', 32, 8, (96, 3, 4, 384), (96, 3, 4, 2, 256)),
    'nano-student': Size('idefics3', 'bert-wordpiece', 32, 8, (64, 3, 4, 256), (64, 2, 4, 2, 176), 2),
    'mini-teacher': Size('llava', 'gpt2-bpe', 32, 8, (192, 4, 6, 768), (128, 4, 4, 2, 352)),
    'mini-student': Size('idefics3', 'bert-wordpiece', 32, 8, (128, 4, 4, 512), (96, 3, 4, 2, 256), 2),
    'mini-student-bpe': Size('idefics3', 'gpt2-bpe', 32, 8, (128, 4, 4, 512), (96, 3, 4, 2, 256), 2),
    'medium-teacher': Size('llava', 'gpt2-bpe', 64, 8, (224, 7, 7, 896), (256, 5, 8, 4, 704)),
    'medium-student': Size('idefics3', 'bert-wordpiece', 64, 8, (160, 5, 5, 640), (128, 5, 4, 2, 352), 2),
}

@dataclass(frozen=True)
class TextSize:
    """Width and depth of one model of text alone."""

    family: str
    tokenizer: str
    text: tuple  # width, layers, heads, kv heads, ffn
    head: int

    @property
    def role(self):
        return 'teacher' if self.family == 'qwen3' else 'student'


TEXT_SIZES = {
    'text-teacher': TextSize('qwen3', 'text-bpe', (80, 3, 4, 2, 176), 16),
    'text-student': TextSize('llama', 'text-wordpiece', (48, 2, 3, 3, 128), 16),
}

TRAIN_STYLES = ('noto', 'twemoji', 'fluent-emoji-flat', 'emojione')

PAIRS = [
    ('nano', 'Nano', 'nano-teacher', 'nano-student', 'A few minutes a run even without a graphics card; for a first look.'),
    (
        'nano-strong-teacher',
        'Nano, strong teacher',
        'mini-teacher',
        'nano-student',
        'The nano student with a teacher eight times its size.',
    ),
    ('mini', 'Mini', 'mini-teacher', 'mini-student', 'Different families and different tokenizers.'),
    (
        'mini-same-tokenizer',
        'Mini, same tokenizer',
        'mini-teacher',
        'mini-student-bpe',
        'The student reads the teacher’s tokens, so plain logit distillation is possible too.',
    ),
    (
        'mini-weak-teacher',
        'Mini, weak teacher',
        'nano-teacher',
        'mini-student',
        'A teacher smaller than its student: what is there to learn?',
    ),
    (
        'text',
        'Text alone',
        'text-teacher',
        'text-student',
        'Two decoders without eyes, Qwen3 and Llama: questions about things and numbers. The smallest pair of all.',
    ),
    ('medium', 'Medium', 'medium-teacher', 'medium-student', 'Pictures of 64 pixels; 64 image tokens for the teacher, 16 for the student. For a graphics card.'),
]


def make_config(size, tokens):
    """The config.json of a size; tokens: {vocabularySize, imageId, padId, eosId, bosId} of its tokenizer."""
    vision = {
        'hidden_size': size.vision[0],
        'image_size': size.image,
        'intermediate_size': size.vision[3],
        'num_attention_heads': size.vision[2],
        'num_hidden_layers': size.vision[1],
        'num_channels': 3,
        'patch_size': size.patch,
        'hidden_act': 'gelu_pytorch_tanh',
        'layer_norm_eps': 1e-6,
        'attention_dropout': 0.0,
    }
    text = {
        'hidden_size': size.text[0],
        'intermediate_size': size.text[4],
        'num_hidden_layers': size.text[1],
        'num_attention_heads': size.text[2],
        'num_key_value_heads': size.text[3],
        'hidden_act': 'silu',
        'max_position_embeddings': 512,
        'rope_theta': 10000.0,
        'vocab_size': tokens['vocabularySize'],
        'bos_token_id': tokens['bosId'],
        'eos_token_id': tokens['eosId'],
        'pad_token_id': tokens['padId'],
        'attention_dropout': 0.0,
        'torch_dtype': 'float16',
        'use_cache': True,
    }
    if size.family == 'llava':
        return {
            'architectures': ['LlavaForConditionalGeneration'],
            'model_type': 'llava',
            'ignore_index': -100,
            'image_token_index': tokens['imageId'],
            'image_seq_length': size.image_tokens,
            'projector_hidden_act': 'gelu',
            'multimodal_projector_bias': True,
            'vision_feature_layer': -1,
            'vision_feature_select_strategy': 'full',
            'tie_word_embeddings': True,
            'torch_dtype': 'float16',
            'text_config': {
                'architectures': ['Qwen2ForCausalLM'],
                'model_type': 'qwen2',
                **text,
                'rms_norm_eps': 1e-6,
                'tie_word_embeddings': True,
                'use_sliding_window': False,
            },
            'vision_config': {'model_type': 'siglip_vision_model', **vision, 'vision_use_head': False},
        }
    return {
        'architectures': ['Idefics3ForConditionalGeneration'],
        'model_type': 'idefics3',
        'image_token_id': tokens['imageId'],
        'pad_token_id': tokens['padId'],
        'scale_factor': size.scale,
        'tie_word_embeddings': False,
        'torch_dtype': 'float16',
        'use_cache': True,
        'text_config': {
            'architectures': ['LlamaForCausalLM'],
            'model_type': 'llama',
            **text,
            'head_dim': size.text[0] // size.text[2],
            'rms_norm_eps': 1e-5,
            'attention_bias': False,
            'mlp_bias': False,
            'tie_word_embeddings': False,
        },
        'vision_config': {'model_type': 'idefics3_vision', **vision},
    }


def make_text_config(size, tokens):
    """The config.json of a size of text alone; tokens as in `make_config`, without an image token."""
    width, layers, heads, kv_heads, ffn = size.text
    teacher = size.family == 'qwen3'
    return {
        'architectures': ['Qwen3ForCausalLM' if teacher else 'LlamaForCausalLM'],
        'model_type': size.family,
        'attention_bias': False,
        'attention_dropout': 0.0,
        'bos_token_id': tokens['bosId'],
        'eos_token_id': tokens['eosId'],
        'pad_token_id': tokens['padId'],
        'head_dim': size.head,
        'hidden_act': 'silu',
        'hidden_size': width,
        'intermediate_size': ffn,
        'max_position_embeddings': 512,
        'num_attention_heads': heads,
        'num_hidden_layers': layers,
        'num_key_value_heads': kv_heads,
        'rms_norm_eps': 1e-6 if teacher else 1e-5,
        'rope_theta': 10000.0,
        'tie_word_embeddings': teacher,
        'torch_dtype': 'float16',
        'use_cache': True,
        'vocab_size': tokens['vocabularySize'],
        **({'use_sliding_window': False} if teacher else {'mlp_bias': False}),
    }


def build(config):
    """A model with PyTorch's default weights from a config.json of any family."""
    families = {
        'llava': LlavaForConditionalGeneration,
        'llava_onevision': LlavaForConditionalGeneration,
        'idefics3': Idefics3ForConditionalGeneration,
        'smolvlm': Idefics3ForConditionalGeneration,
        'llama': TextModel,
        'qwen2': TextModel,
        'qwen3': TextModel,
    }
    return families[config['model_type']](config)
