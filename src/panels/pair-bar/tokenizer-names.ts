export const tokenizerNames: Record<string, string> = {
  'gpt2-bpe': 'GPT-2 byte BPE',
  'bert-wordpiece': 'BERT WordPiece',
  'text-bpe': 'GPT-2 byte BPE',
  'text-wordpiece': 'BERT WordPiece',
};
