import type { TextFolding } from './surface.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });

/** The coarser of two: what both tokenizers keep of a text. */
export function joinFolding(a: TextFolding, b: TextFolding): TextFolding {
  return {
    case: a.case || b.case,
    accents: a.accents || b.accents,
    spaces: a.spaces || b.spaces,
  };
}

/** One code point as both sides keep it; '' where it vanishes. */
export function foldCodePoint(character: string, folding: TextFolding): string {
  if (folding.spaces && /[\s\p{Cc}\p{Cf}\p{Co}]/u.test(character)) return '';
  // Final sigma depends on its neighbours: both lower-case forms become one.
  let folded = folding.case ? character.toLowerCase().replaceAll('ς', 'σ') : character;
  if (folding.accents) folded = folded.normalize('NFD').replace(/\p{Mn}/gu, '');
  return folded;
}

/** A whole text, code point by code point, so that parts of a text fold as the text does. */
export function foldText(text: string, folding: TextFolding): string {
  return Array.from(text, (character) => foldCodePoint(character, folding)).join('');
}

/**
 * What each byte of a token stream contributes to the folded text. A character that folding leaves alone spreads over its
 * bytes, so that tokens may end inside it; a changed one belongs to its last byte. Bytes that are no UTF-8 stand for themselves.
 */
export function foldBytes(bytes: Uint8Array, folding: TextFolding): Uint8Array[] {
  const folded: Uint8Array[] = Array.from(bytes, () => new Uint8Array());
  for (let i = 0; i < bytes.length;) {
    const length = characterLength(bytes, i);
    const own = bytes.subarray(i, i + length);
    const character = decode(own);
    if (character === undefined) {
      folded[i] = own.slice(0, 1);
      i++;
      continue;
    }
    const text = foldCodePoint(character, folding);
    if (text === character) own.forEach((byte, k) => (folded[i + k] = Uint8Array.of(byte)));
    else folded[i + length - 1] = encoder.encode(text);
    i += length;
  }
  return folded;
}

/** Text of whole characters, or undefined. */
export function decode(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

function characterLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at]!;
  const length = first < 0x80 ? 1 : first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1;
  return Math.min(length, bytes.length - at);
}
