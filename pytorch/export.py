"""Writes trained models as checkpoint folders: `export.py nano-teacher nano-student` → public/checkpoints/.

Scores are measured on the f16 weights that ship. index.json lists every folder that exists.
"""
import argparse
import json
import shutil
from pathlib import Path

import torch

from genrecal.evaluate import SPLITS, TEXT_SPLITS, exact_match, exact_match_of_text
from genrecal.folder import integrity_of, load_folder, save_shards
from genrecal.pictures import Pictures
from genrecal.questions import read_questions
from genrecal.sizes import PAIRS, SIZES, TEXT_SIZES, make_config, make_text_config
from model_card import model_card, text_model_card
from pretrain_vision import ORACLE, run_of_encoder

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT / 'build' / 'pretrain'
TEXT_DATA = DATA / 'text'
OUT = ROOT / 'public' / 'checkpoints'
TRAIN = ROOT / 'build' / 'train'
TOKENIZERS = ROOT / 'build' / 'tokenizers'


def write_json(path, value):
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + '\n')


def processor_files(size):
    """preprocessor_config.json and processor_config.json; resample 4 = box filter, exact for whole factors."""
    picture = {
        'do_convert_rgb': True,
        'do_normalize': True,
        'do_rescale': True,
        'do_resize': True,
        'image_mean': [0.5, 0.5, 0.5],
        'image_std': [0.5, 0.5, 0.5],
        'resample': 4,
        'rescale_factor': 1 / 255,
    }
    if size.family == 'llava':
        picture.update(
            image_processor_type='SiglipImageProcessor',
            processor_class='LlavaProcessor',
            size={'height': size.image, 'width': size.image},
        )
        processor = {
            'image_token': '<image>',
            'num_additional_image_tokens': 0,
            'patch_size': size.patch,
            'processor_class': 'LlavaProcessor',
            'vision_feature_select_strategy': 'full',
        }
    else:
        picture.update(
            do_image_splitting=False,
            do_pad=True,
            image_processor_type='Idefics3ImageProcessor',
            max_image_size={'longest_edge': size.image},
            processor_class='Idefics3Processor',
            size={'longest_edge': size.image},
        )
        processor = {'image_seq_len': size.image_tokens, 'processor_class': 'Idefics3Processor'}
    return {'preprocessor_config.json': picture, 'processor_config.json': processor}


def tokenizer_files(size, folder):
    """Copies the tokenizer, whose configuration carries the family's chat template."""
    for path in (TOKENIZERS / f'{size.tokenizer}-{size.family}').glob('*.json'):
        shutil.copy(path, folder / path.name)


def measure(folder, size, tokens, pictures):
    """Scores per split of the folder as shipped."""
    model, _ = load_folder(folder)
    scores = {}
    for split in SPLITS:
        path = DATA / f'eval-{split}-{size.tokenizer}-{size.family}.jsonl'
        questions = read_questions(path, tokens['imageId'], size.image_tokens)
        scores[split] = exact_match(model, pictures, questions, size.image, tokens['padId'])
    return scores


def phases_of(name):
    """States of the runs that a model comes from: the oracle, its vision encoder, itself."""
    own = state_of(name)
    encoder = own['command'].split('--encoder ')[-1].split()[0] if '--encoder' in own['command'] else name
    return [run_of_encoder(ORACLE), run_of_encoder(encoder), own]


def state_of(name):
    return torch.load(TRAIN / name / 'state.pt', map_location='cpu')


def export(name, pictures):
    size = SIZES[name]
    phases = phases_of(name)
    tokens = json.loads((DATA / 'vocab.json').read_text())[f'{size.tokenizer}-{size.family}']
    config = make_config(size, tokens)
    data_hash = json.loads((ROOT / 'public' / 'data' / 'manifest.json').read_text())['hash']

    def card(*facts):
        return model_card(name, size, config, *facts)

    write_folder(
        name,
        size,
        config,
        tokens,
        phases,
        data_hash,
        processor_files(size),
        lambda folder: measure(folder, size, tokens, pictures),
        card,
    )


def export_text(name):
    """The same of a model that reads no pictures."""
    size = TEXT_SIZES[name]
    vocabularies = json.loads((TEXT_DATA / 'vocab.json').read_text())
    tokens = vocabularies[size.tokenizer]
    config = make_text_config(size, tokens)

    def measured(folder):
        model, _ = load_folder(folder)
        questions = {split: read_questions(TEXT_DATA / f'eval-{split}-{size.tokenizer}.jsonl') for split in TEXT_SPLITS}
        return {split: exact_match_of_text(model, own, tokens['padId']) for split, own in questions.items()}

    def card(*facts):
        return text_model_card(name, size, config, *facts)

    write_folder(name, size, config, tokens, [state_of(name)], vocabularies['dataHash'], {}, measured, card)


def write_folder(name, size, config, tokens, phases, data_hash, processor, measured, card):
    """Everything a checkpoint folder holds. `measured` gives the scores of the folder, `card` its README from what was measured."""
    weights = phases[-1]['modules']['model']
    folder = OUT / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    write_json(folder / 'config.json', config)
    save_shards(weights, folder)
    tokenizer_files(size, folder)
    for file, value in processor.items():
        write_json(folder / file, value)
    special = {'bos_token_id': tokens['bosId'], 'eos_token_id': tokens['eosId'], 'pad_token_id': tokens['padId']}
    write_json(folder / 'generation_config.json', {'do_sample': False, 'max_new_tokens': 12, **special})
    scores = measured(folder)
    parameters = sum(tensor.numel() for tensor in weights.values())
    training = {
        'phases': [
            {
                'command': f'pytorch/{state["command"]}',
                'seconds': round(state['elapsed']),
                'steps': state['steps'],
                'device': state['device'],
            }
            for state in phases
        ],
        'dataHash': data_hash,
    }
    (folder / 'README.md').write_text(card(parameters, training, scores, integrity_of(folder)['weights']))
    write_json(
        folder / 'integrity.json',
        integrity_of(folder, parameters=parameters, training=training, scores=scores),
    )
    print(name, parameters, {split: score['exactMatch'] for split, score in scores.items()})


def write_index():
    models = {}
    for name, size in [*SIZES.items(), *TEXT_SIZES.items()]:
        folder = OUT / name
        if not (folder / 'integrity.json').exists():
            continue
        integrity = json.loads((folder / 'integrity.json').read_text())
        config = json.loads((folder / 'config.json').read_text())
        text = config.get('text_config', config)
        models[name] = {
            'folder': name,
            'family': size.family,
            'tokenizer': size.tokenizer,
            'parameters': integrity['parameters'],
            'bytes': sum(file['bytes'] for file in integrity['files'] if file['path'].endswith('.safetensors')),
            # 0 of what reads no pictures.
            'imageTokens': getattr(size, 'image_tokens', 0),
            'imageSize': getattr(size, 'image', 0),
            'hiddenSize': text['hidden_size'],
            'layers': text['num_hidden_layers'],
            'vocabularySize': text['vocab_size'],
            'scores': integrity['scores'],
        }
    pairs = [
        {'key': key, 'label': label, 'teacher': teacher, 'student': student, 'about': about}
        for key, label, teacher, student, about in PAIRS
        if teacher in models and student in models
    ]
    write_json(OUT / 'index.json', {'version': 1, 'models': models, 'pairs': pairs})


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('models', nargs='+', choices=[*SIZES, *TEXT_SIZES])
    torch.set_num_threads(1)
    models = parser.parse_args().models
    pictures = Pictures(DATA) if any(name in SIZES for name in models) else None
    for name in models:
        export(name, pictures) if name in SIZES else export_text(name)
    write_index()


if __name__ == '__main__':
    main()
