/** What a token spells, apart from any sentence: the ground on which two tokenizers can be compared. */
export interface TokenSurface {
  kind: 'text' | 'special' | 'unknown';
  /** The UTF-8 bytes it stands for, in its tokenizer's own normalisation; half a character where the tokenizer splits one. Empty unless `text`. */
  bytes: Uint8Array;
  /** Whether a word begins with it: its text tells (`yes`, `no`), or its place does (`maybe`: byte BPE at the start of a text). */
  begins: 'yes' | 'no' | 'maybe';
}

/** What of a text a tokenizer does not keep. */
export interface TextFolding {
  case: boolean;
  accents: boolean;
  spaces: boolean;
}

/** A tokenizer's vocabulary as text. */
export interface TokenizerSurface {
  folding: TextFolding;
  /** By id; ids without a token are missing. */
  tokens: readonly (TokenSurface | undefined)[];
}

/** The parts of tokenizer.json that decide what a token spells. */
export interface SurfaceFiles {
  model: { vocab: Record<string, number>; [key: string]: unknown };
  added_tokens: readonly { id: number; content: string }[];
  [key: string]: unknown;
}

const encoder = new TextEncoder();
const nothing = new Uint8Array();

/**
 * Reads what every token spells. Three writings are known: GPT-2's bytes (`ByteLevel`), WordPiece (`##`), and the
 * rest as SentencePiece writes it (`▁` for a space, `<0x0A>` for a byte).
 */
export function tokenizerSurface(json: SurfaceFiles): TokenizerSurface {
  const tokens: (TokenSurface | undefined)[] = [];
  const wordPiece = json.model.type === 'WordPiece';
  const byteLevel = mentions(json.pre_tokenizer, 'ByteLevel') || mentions(json.decoder, 'ByteLevel');
  const prefix = json.model.continuing_subword_prefix;
  const read = wordPiece
    ? wordPieceSurface(typeof prefix === 'string' ? prefix : '##')
    : byteLevel
      ? byteLevelSurface
      : sentencePieceSurface;
  for (const [text, id] of Object.entries(json.model.vocab)) tokens[id] = read(text);
  for (const { id } of json.added_tokens) tokens[id] = { kind: 'special', bytes: nothing, begins: 'yes' };
  const unknown = json.model.unk_token;
  const unknownId = typeof unknown === 'string' ? json.model.vocab[unknown] : undefined;
  if (unknownId !== undefined) tokens[unknownId] = { kind: 'unknown', bytes: nothing, begins: 'yes' };
  const normalizer = JSON.stringify(json.normalizer ?? null);
  const lower = /"lowercase":true|"type":"Lowercase"/.test(normalizer);
  return {
    folding: {
      case: lower,
      // BERT strips accents where it lower-cases, unless told otherwise.
      accents:
        /"strip_accents":true|"type":"StripAccents"/.test(normalizer) ||
        (lower && /"type":"BertNormalizer"/.test(normalizer) && !/"strip_accents":false/.test(normalizer)),
      spaces: wordPiece,
    },
    tokens,
  };
}

function mentions(part: unknown, type: string): boolean {
  return JSON.stringify(part ?? null).includes(`"type":"${type}"`);
}

function wordPieceSurface(prefix: string) {
  return (text: string): TokenSurface => {
    const inside = text.startsWith(prefix) && text !== prefix;
    return {
      kind: 'text',
      bytes: encoder.encode(inside ? text.slice(prefix.length) : text),
      begins: inside ? 'no' : 'yes',
    };
  };
}

function byteLevelSurface(text: string): TokenSurface {
  const bytes = Uint8Array.from(text, (character) => byteOf.get(character) ?? 0);
  return { kind: 'text', bytes, begins: bytes[0] === 0x20 ? 'yes' : 'maybe' };
}

function sentencePieceSurface(text: string): TokenSurface {
  const byte = /^<0x([0-9A-F]{2})>$/.exec(text);
  if (byte !== null) return { kind: 'text', bytes: Uint8Array.of(parseInt(byte[1]!, 16)), begins: 'maybe' };
  return {
    kind: 'text',
    bytes: encoder.encode(text.replaceAll('▁', ' ')),
    begins: text.startsWith('▁') ? 'yes' : 'maybe',
  };
}

/** GPT-2 writes printable bytes as themselves and the others as the code points from 256 on. */
const byteOf: ReadonlyMap<string, number> = (() => {
  const map = new Map<string, number>();
  let next = 256;
  for (let byte = 0; byte < 256; byte++) {
    const printable =
      (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || (byte >= 0xae && byte <= 0xff);
    map.set(String.fromCodePoint(printable ? byte : next++), byte);
  }
  return map;
})();
