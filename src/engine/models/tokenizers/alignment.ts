import { foldBytes, foldText, joinFolding } from './folding.ts';
import type { TextFolding, TokenizerSurface } from './surface.ts';

/** A range [from, to). */
export interface Span {
  from: number;
  to: number;
}

/** The fewest tokens on both sides that end at the same byte. */
export interface Chunk {
  student: Span;
  teacher: Span;
}

/** How two tokenizations of one text lie over each other. */
export interface Alignment {
  chunks: Chunk[];
  /** Chunk number of every token, −1 where it belongs to none. */
  chunkOf: { student: Int32Array; teacher: Int32Array };
  /**
   * Bytes of the shared text that every token covers, for display; empty for a token without text of its own, undefined
   * for one that could not be found in the text.
   */
  spans: { student: (Span | undefined)[]; teacher: (Span | undefined)[] };
  /** The text both sides keep: folded as the coarser tokenizer folds it. */
  text: string;
  /** Share of the text's bytes that lie in chunks; below 1 the tokens do not spell this text. */
  coverage: number;
}

/** One side of an alignment. */
export interface TokenizedText {
  ids: readonly number[];
  surface: TokenizerSurface;
  eosId: number;
}

interface Located {
  /** End of every token in the folded text; −1 where it was not found. */
  ends: Int32Array;
  /** Whether a token is part of the text, as opposed to a special one. */
  inText: boolean[];
}

/**
 * Aligns two tokenizations of the same text by byte offsets of what both keep of it. Tokens that add no byte (a lone space, the
 * first half of a character that folding changes) join the next token. End of sequence aligns with end of sequence; other
 * special tokens, and one side's end where the other has none, align with nothing.
 */
export function alignTokens(text: string, student: TokenizedText, teacher: TokenizedText): Alignment {
  const folding = joinFolding(student.surface.folding, teacher.surface.folding);
  // Templates differ in the space before an answer, so it never counts.
  const folded = foldText(text, folding).trimStart();
  const reference = new TextEncoder().encode(folded);
  const s = locate(student, reference, folding);
  const t = locate(teacher, reference, folding);
  const chunks = commonEnds(s, t);
  const covered = chunks.length === 0 ? 0 : s.ends[chunks.at(-1)!.student.to - 1]!;
  const ends = [student.ids.indexOf(student.eosId), teacher.ids.indexOf(teacher.eosId)] as const;
  if (ends[0] >= 0 && ends[1] >= 0)
    chunks.push({
      student: { from: ends[0], to: ends[0] + 1 },
      teacher: { from: ends[1], to: ends[1] + 1 },
    });
  return {
    chunks,
    chunkOf: {
      student: chunkNumbers(
        student.ids.length,
        chunks.map((chunk) => chunk.student),
        s,
        ends[0],
      ),
      teacher: chunkNumbers(
        teacher.ids.length,
        chunks.map((chunk) => chunk.teacher),
        t,
        ends[1],
      ),
    },
    spans: { student: spansOf(s), teacher: spansOf(t) },
    text: folded,
    coverage: reference.length === 0 ? 1 : covered / reference.length,
  };
}

/** Finds every token of one side in the folded text. */
function locate({ ids, surface }: TokenizedText, reference: Uint8Array, folding: TextFolding): Located {
  const ends = new Int32Array(ids.length).fill(-1);
  const inText = ids.map((id) => (surface.tokens[id]?.kind ?? 'special') !== 'special');
  const pieces = foldTokens(
    ids.map((id) => surface.tokens[id]?.bytes ?? new Uint8Array()),
    folding,
  );
  let at = 0;
  let started = false;
  for (let i = 0; i < ids.length; i++) {
    if (!inText[i]) {
      ends[i] = at;
      continue;
    }
    if (surface.tokens[ids[i]!]!.kind === 'unknown') {
      at = endOfUnknown(i, ids, surface, pieces, reference, at);
    } else {
      let piece = pieces[i]!;
      // The space that one template writes before the answer.
      if (!started) while (piece.length > 0 && piece[0]! <= 0x20) piece = piece.subarray(1);
      if (piece.some((byte, k) => reference[at + k] !== byte)) break;
      at += piece.length;
    }
    if (at > 0) started = true;
    ends[i] = at;
  }
  return { ends, inText };
}

/** Folds a token stream and hands every byte of the result to the token it came from. */
function foldTokens(tokens: readonly Uint8Array[], folding: TextFolding): Uint8Array[] {
  const stream = Uint8Array.from(tokens.flatMap((bytes) => [...bytes]));
  const folded = foldBytes(stream, folding);
  let from = 0;
  return tokens.map((bytes) => {
    const own = folded.slice(from, from + bytes.length);
    from += bytes.length;
    return Uint8Array.from(own.flatMap((part) => [...part]));
  });
}

/** An unknown token reaches to where the tokens after it (up to the next unknown one) are found again, or to the text's end. */
function endOfUnknown(
  i: number,
  ids: readonly number[],
  surface: TokenizerSurface,
  pieces: readonly Uint8Array[],
  reference: Uint8Array,
  at: number,
): number {
  const next: number[] = [];
  let j = i + 1;
  for (; j < ids.length && surface.tokens[ids[j]!]?.kind === 'text'; j++) next.push(...pieces[j]!);
  const followed = surface.tokens[ids[j] ?? -1]?.kind === 'unknown';
  if (next.length === 0) return followed ? at : reference.length;
  const matches = (from: number) => next.every((byte, k) => reference[from + k] === byte);
  if (!followed && matches(reference.length - next.length) && reference.length - next.length >= at)
    return reference.length - next.length;
  for (let from = at + 1; from + next.length <= reference.length; from++) if (matches(from)) return from;
  return at;
}

/** Groups of tokens that end together. A token that adds no byte never closes a group. */
function commonEnds(student: Located, teacher: Located): Chunk[] {
  const s = distinctEnds(student);
  const t = distinctEnds(teacher);
  const shared = new Set(t.map(({ end }) => end));
  const teacherIndex = new Map(t.map(({ end, index }) => [end, index]));
  const chunks: Chunk[] = [];
  let [fromStudent, fromTeacher] = [firstInText(student), firstInText(teacher)];
  for (const { end, index } of s) {
    if (!shared.has(end)) continue;
    const chunk = {
      student: { from: fromStudent, to: index + 1 },
      teacher: { from: fromTeacher, to: teacherIndex.get(end)! + 1 },
    };
    chunks.push(chunk);
    fromStudent = chunk.student.to;
    fromTeacher = chunk.teacher.to;
  }
  const last = chunks.at(-1);
  if (last !== undefined) {
    last.student.to = withTrailing(student, last.student.to);
    last.teacher.to = withTrailing(teacher, last.teacher.to);
  }
  return chunks;
}

/** Tokens that move the end on, with where to. */
function distinctEnds({ ends, inText }: Located): { end: number; index: number }[] {
  const found: { end: number; index: number }[] = [];
  let before = 0;
  ends.forEach((end, index) => {
    if (inText[index] && end > before) {
      found.push({ end, index });
      before = end;
    }
  });
  return found;
}

function firstInText({ inText }: Located): number {
  return Math.max(inText.indexOf(true), 0);
}

/** Takes in the text tokens after the last chunk that add nothing to it, as a trailing space does. */
function withTrailing({ ends, inText }: Located, to: number): number {
  let end = to;
  while (end < ends.length && inText[end] && ends[end] === ends[to - 1]) end++;
  return end;
}

function chunkNumbers(
  length: number,
  spans: readonly Span[],
  { inText }: Located,
  eosAt: number,
): Int32Array {
  const numbers = new Int32Array(length).fill(-1);
  spans.forEach(({ from, to }, chunk) => {
    for (let i = from; i < to; i++) if (inText[i] || i === eosAt) numbers[i] = chunk;
  });
  return numbers;
}

function spansOf({ ends }: Located): (Span | undefined)[] {
  let from = 0;
  return Array.from(ends, (end) => {
    if (end < 0) return undefined;
    const span = { from, to: end };
    from = end;
    return span;
  });
}
