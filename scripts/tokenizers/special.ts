/** Special tokens of the byte BPE: Qwen2's names for LLaVA, SmolVLM's for Idefics3. */
export const bpeSpecial = [
  '<|endoftext|>',
  '<|im_start|>',
  '<|im_end|>',
  '<image>',
  '<fake_token_around_image>',
  '<global-img>',
  '<end_of_utterance>',
];

export const wordPieceSpecial = [
  '[PAD]',
  '[UNK]',
  '<|im_start|>',
  '<end_of_utterance>',
  '<fake_token_around_image>',
  '<global-img>',
  '<image>',
];

/** The same for models of text alone. */
export const textBpeSpecial = ['<|endoftext|>', '<|im_start|>', '<|im_end|>'];
export const textWordPieceSpecial = ['[PAD]', '[UNK]', '<|im_start|>', '<end_of_utterance>'];

/** Chat templates in the manner of the two families: Qwen2's turns with LLaVA's picture line, SmolVLM's turns. */
export const chatTemplates = {
  llava:
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' }}" +
    "{% for part in message['content'] %}{% if part['type'] == 'image' %}{{ '<image>\\n' }}{% else %}{{ part['text'] }}{% endif %}{% endfor %}" +
    "{{ '<|im_end|>\\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}",
  idefics3:
    "<|im_start|>{% for message in messages %}{{ message['role'] | capitalize }}" +
    "{% if message['content'][0]['type'] == 'image' %}{{ ':' }}{% else %}{{ ': ' }}{% endif %}" +
    "{% for part in message['content'] %}{% if part['type'] == 'image' %}{{ '<image>' }}{% else %}{{ part['text'] }}{% endif %}{% endfor %}" +
    "{{ '<end_of_utterance>\\n' }}{% endfor %}{% if add_generation_prompt %}{{ 'Assistant:' }}{% endif %}",
  qwen3:
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>\\n' }}{% endfor %}" +
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}",
  llama:
    "<|im_start|>{% for message in messages %}{{ (message['role'] | capitalize) + ': ' + message['content'] + '<end_of_utterance>\\n' }}{% endfor %}" +
    "{% if add_generation_prompt %}{{ 'Assistant:' }}{% endif %}",
};

/** Plain words the templates add around questions and answers. */
export const templateWords = ['user\n', 'assistant\n', '\n', 'User:', 'Assistant:', ':', 'User', 'Assistant'];
