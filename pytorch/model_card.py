"""The README.md of a checkpoint folder."""

from genrecal.evaluate import SPLITS, TEXT_SPLITS

ATTRIBUTION = """Pictures: Noto Emoji (Google, Apache-2.0), Twemoji (Twitter and contributors, CC BY 4.0), Fluent Emoji Flat
(Microsoft, MIT), EmojiOne 2 (CC BY 4.0); evaluated also on Noto Emoji's earlier drawings (Google, Apache-2.0) and
FxEmoji (Mozilla, Apache-2.0). Names and groups: emojibase-data (MIT)."""

ROLES = {
    'teacher': 'A teacher: its vision encoder learned to name every concept but the held-out ones in four drawing styles with strong augmentation, '
    'following a convolutional network trained on the same pictures; then the whole model learned all seven question types.',
    'student': 'A student to distil into, which sees well and knows little: its vision encoder was trained in the same way as a '
    'teacher’s and then fixed; its language was trained briefly, on the question types name, kind, yes-no and count and on an eighth '
    'of the concepts. It knows the form of an answer and few of the answers.',
}


TEXT_ROLES = {
    'teacher': 'A teacher without eyes: it learned questions of six types about 152 things, their kinds and small numbers.',
    'student': 'A student without eyes to distil into, which knows little: for 3,000 updates it learned, from the questions about '
    'half of the things and the numbers below twenty, what is asked and what answers look like.',
}


def score_table(scores, names=SPLITS):
    """Markdown: one row per split, exact match in percent with n, then per type."""
    types = sorted({kind for split in names for kind in scores[split]['byType']})
    lines = [f'| split | all | {" | ".join(types)} |', f'|---|---|{"---|" * len(types)}']
    for split in names:

        def cell(row):
            return f'{100 * row["exactMatch"]:.1f} % (n = {row["n"]})' if row else '–'

        cells = [cell(scores[split]), *(cell(scores[split]['byType'].get(kind)) for kind in types)]
        lines.append(f'| {split} | {" | ".join(cells)} |')
    return '\n'.join(lines)


def phase_list(training):
    return '\n'.join(
        f'- `{phase["command"]}`: {phase["steps"]} steps, {phase["seconds"]} s on {phase["device"]}' for phase in training['phases']
    )


def model_card(name, size, config, parameters, training, scores, weights):
    """Markdown with the licence, what it is, how it was made, and what was measured."""
    architecture = config['architectures'][0]
    phases = phase_list(training)
    text = config['text_config']['architectures'][0].removesuffix('ForCausalLM')
    return f"""---
license: apache-2.0
pipeline_tag: image-text-to-text
---

# {name}

{ROLES[size.role]}

- Architecture: `{architecture}`, SigLIP vision encoder ({size.image} px, patch {size.patch}), {text} decoder;
  {size.image_tokens} image tokens; tokenizer `{size.tokenizer}` with {config['text_config']['vocab_size']} tokens.
- {parameters:,} parameters, stored as f16.
- Licence of the weights: Apache-2.0.

## Training

{phases}

Data set hash `{training['dataHash']}`; weights hash `{weights}`
(SHA-256 over the shards' SHA-256 in order). A schedule over minutes runs over wall time, so another machine takes another
number of steps in them; so do runs that share a card.

{ATTRIBUTION}

## Scores

Exact match of greedy answers, measured on these f16 weights.

{score_table(scores)}
"""


def text_model_card(name, size, config, parameters, training, scores, weights):
    """The same of a model that reads no pictures."""
    return f"""---
license: apache-2.0
pipeline_tag: text-generation
---

# {name}

{TEXT_ROLES[size.role]}

- Architecture: `{config['architectures'][0]}`, {config['num_hidden_layers']} layers of width {config['hidden_size']}; tokenizer `{size.tokenizer}`
  with {config['vocab_size']} tokens.
- {parameters:,} parameters, stored as f16.
- Licence of the weights: Apache-2.0.

## Training

{phase_list(training)}

Data set hash `{training['dataHash']}`; weights hash `{weights}`
(SHA-256 over the shards' SHA-256 in order). 15 % of all facts (which kind a thing is, a list of things, a pair of numbers) are held out and
another 10 % are for choosing settings; neither model was trained on a question about one, however worded.

Things and their kinds: emojibase-data (MIT).

## Scores

Exact match of greedy answers, measured on these f16 weights.

{score_table(scores, TEXT_SPLITS)}
"""
