"""Teacher and student of a run: the built-in ones in this folder's own classes, a person's own ones in those of `transformers`."""
import json
from pathlib import Path

import torch
from torch import nn

from .folder import copy_texts, integrity_of, load_folder, save_shards, write_template
from .rope import positions_from_mask
from .run import Refused

# Families whose tensors the engine calls by names of an earlier `transformers`.
LLAVA = ('llava', 'llava_onevision')
CHECKPOINTS = Path(__file__).resolve().parents[2] / 'public' / 'checkpoints'


def open_model(run, role, folder=None):
    """(model, its folder) of the teacher or the student of a run; `folder` says where a person's own one lies."""
    described = run.models[role]
    if folder is None:
        folder = CHECKPOINTS / described['name']
        if not (folder / 'config.json').exists():
            raise Refused(f'The {role} “{described["folder"]}” is no built-in model: say where its folder is with --{role}-folder.')
        known = json.loads((folder / 'integrity.json').read_text())['weights']
        if known != described['weights'] or integrity_of(folder)['weights'] != known:
            raise Refused(f'{folder} does not hold the weights of this run. Use the checkpoints of the version that saved it.')
        return load_folder(folder)[0], folder
    if not (Path(folder) / 'config.json').exists():
        raise Refused(f'{folder} is no model’s folder: config.json is not there.')
    return TransformersModel(folder, described.get('picture')), Path(folder)


def save_student(model, weights, source, folder, card):
    """The distilled student as a Hugging Face folder with the texts of the one it came from. weights: {engine's name: whole tensor}, without
    adapters."""
    folder.mkdir(parents=True, exist_ok=True)
    copy_texts(source, folder)
    write_template(folder)
    (folder / 'README.md').write_text(card)
    if isinstance(model, TransformersModel):
        own = {model.engine_name(name): name for name in model.state_dict()}
        model.save(folder, {own[name]: tensor for name, tensor in weights.items()})
        return
    save_shards(weights, folder)
    parameters = sum(tensor.numel() for tensor in weights.values())
    (folder / 'integrity.json').write_text(json.dumps(integrity_of(folder, parameters=parameters), indent=1) + '\n')


class TransformersModel(nn.Module):
    """A model in the class that `transformers` (4.52 or newer) has for it, as the losses read it (`LanguageModel`).

    picture: how it reads pictures, as run.json says it; None of a model of text alone.
    """

    def __init__(self, folder, picture):
        super().__init__()
        try:
            from transformers import AutoModelForCausalLM, AutoModelForImageTextToText
        except ImportError:
            raise Refused('Models of your own are read by transformers, 4.52 or newer: pip install transformers.') from None
        self.squares = picture and (1 if picture['grid'] == 1 else picture['grid'] ** 2 + 1)
        kind = AutoModelForCausalLM if picture is None else AutoModelForImageTextToText
        self.inner, found = kind.from_pretrained(
            folder, torch_dtype=torch.float32, attn_implementation='eager', output_loading_info=True
        )
        # SigLIP's pooling head is never read; whatever else is not there would be random.
        missing = sorted(name for name in found['missing_keys'] if '.head.' not in name)
        if missing:
            raise Refused(f'{folder} has no weights that this transformers reads as “{missing[0]}”. Read it with the version that saved it, or save it anew.')
        self.family = self.inner.config.model_type

    @property
    def text_config(self):
        """As config.json said it before transformers 5."""
        text = getattr(self.inner.config, 'text_config', self.inner.config).to_dict()
        rope = text.get('rope_parameters') or {}
        text.setdefault('rope_theta', rope.get('rope_theta'))
        if rope.get('rope_type', 'default') != 'default':
            text.setdefault('rope_scaling', rope)
        return text

    @property
    def peft_decoder(self):
        if self.squares is None:
            return 'model'
        return 'model.language_model' if self.family in LLAVA else 'model.text_model'

    @property
    def text_body(self):
        return self.inner.get_submodule(self.peft_decoder)

    def engine_name(self, name):
        """The engine has the names of transformers 4.49 (`renames` of src/engine/models/families)."""
        name = name.removeprefix('inner.')
        if self.family not in LLAVA:
            return name
        if name.startswith('lm_head.'):
            return f'language_model.{name}'
        name = name.removeprefix('model.')
        for part, inside in (('vision_tower.', 'vision_model.'), ('language_model.', 'model.')):
            if name.startswith(part) and not name.startswith(part + inside):
                return part + inside + name[len(part) :]
        return name

    def is_vision(self, name):
        return name.startswith(('vision_tower.', 'model.vision_model.'))

    def embed_tokens(self, ids):
        return self.inner.get_input_embeddings()(ids)

    def features(self, ids, mask, *pictures):
        """Features after the final norm of [B, N] tokens: [B, N, d]."""
        body, inputs = self.inner.model, {'input_ids': ids}
        for values in pictures:
            if self.family == 'llava_onevision':
                body, inputs = self.text_body, {'inputs_embeds': self.one_tile(ids, values)}
            else:
                # All but llava take the squares of every picture.
                inputs['pixel_values'] = values if self.family == 'llava' else values.unflatten(0, (len(ids), self.squares))
        return body(attention_mask=mask.long(), position_ids=positions_from_mask(mask), use_cache=False, **inputs).last_hidden_state

    def one_tile(self, ids, pixel_values):
        """Embeddings of LLaVA-OneVision's tokens with pictures as one tile each, and the newline after it; the library itself always adds tiles."""
        body, config = self.inner.model, self.inner.config
        seen = body.vision_tower(pixel_values, output_hidden_states=True).hidden_states[config.vision_feature_layer]
        tokens = body.multi_modal_projector(seen[:, 1:] if config.vision_feature_select_strategy == 'default' else seen)
        tokens = torch.cat([tokens, body.image_newline.expand(len(tokens), 1, -1)], dim=1)
        embeds = self.embed_tokens(ids)
        is_image = (ids == config.image_token_index)[:, :, None].expand_as(embeds)
        return embeds.masked_scatter(is_image, tokens)

    def head(self, z):
        return self.inner.get_output_embeddings()(z)

    def save(self, folder, weights):
        """weights: {this module's name: whole tensor}."""
        self.inner.save_pretrained(folder, state_dict={name.removeprefix('inner.'): t for name, t in weights.items()})
