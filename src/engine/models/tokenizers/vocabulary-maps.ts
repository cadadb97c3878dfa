import { decode, foldText, joinFolding } from './folding.ts';
import type { TextFolding, TokenizerSurface, TokenSurface } from './surface.ts';
import type { VlmTokenizer } from './tokenizer.ts';

/** One tokenizer's vocabulary, as the comparison needs it. */
export interface Vocabulary {
  surface: TokenizerSurface;
  /** Rows and columns of the tables: the tokenizer's `vocabularySize`. */
  size: number;
  eosId: number;
  /** Whether the template writes a space before the answer that the answer's first token takes in. */
  spaceFirst: boolean;
}

/** A model's vocabulary. */
export function vocabularyOf(tokenizer: VlmTokenizer): Vocabulary {
  const { surface, vocabularySize: size, eosId } = tokenizer;
  const [first] = tokenizer.encodeAnswer('A');
  return { surface, size, eosId, spaceFirst: surface.tokens[first!]?.bytes[0] === 0x20 };
}

/** How much of a student token's probability a teacher token gets. */
export interface ProjectionEntry {
  student: number;
  teacher: number;
  weight: number;
}

/**
 * A token that can be compared: its text as both sides keep it, and how often it stands at a word's beginning (`^`) or inside (`+`).
 * Bytes that are no text are comparable only as they are.
 */
interface Comparable {
  id: number;
  text: string;
  /** The places it may stand at, likelier first. */
  places: readonly Place[];
}
type Place = '^' | '+' | '=';

/** Two vocabularies laid side by side. */
class Comparison {
  private readonly folding: TextFolding;
  /** Whether both spell every byte, spaces included, so that tokens are the same or not without interpretation. */
  readonly exact: boolean;
  readonly student: Comparable[];
  readonly teacher: Comparable[];

  constructor(student: Vocabulary, teacher: Vocabulary) {
    this.folding = joinFolding(student.surface.folding, teacher.surface.folding);
    this.exact = !Object.values(this.folding).includes(true);
    this.student = this.comparables(student);
    this.teacher = this.comparables(teacher);
  }

  private comparables({ surface, size }: Vocabulary): Comparable[] {
    const found: Comparable[] = [];
    for (let id = 0; id < size; id++) {
      const token = surface.tokens[id];
      const comparable = token?.kind === 'text' ? this.comparable(id, token) : undefined;
      if (comparable !== undefined) found.push(comparable);
    }
    return found;
  }

  private comparable(id: number, token: TokenSurface): Comparable | undefined {
    const text = decode(token.bytes);
    if (text === undefined) return { id, text: [...token.bytes].join(), places: ['='] };
    if (this.exact) return { id, text, places: ['^'] };
    const folded = foldText(text, this.folding);
    if (folded === '') return undefined;
    if (token.begins !== 'maybe') return { id, text: folded, places: [token.begins === 'yes' ? '^' : '+'] };
    // Byte BPE writes no space at the start of a text: there a capital or a sign is likelier than a word's inside.
    return { id, text: folded, places: /^\p{Ll}/u.test(text) ? ['+', '^'] : ['^', '+'] };
  }
}

/** Ids by place and text; the first token of a kind wins, and a token's likelier place comes before any other's second. */
function indexByText(tokens: readonly Comparable[]): Map<string, number> {
  const index = new Map<string, number>();
  for (const rank of [0, 1])
    for (const { id, text, places } of tokens) {
      const place = places[rank];
      const key = `${place}${text}`;
      if (place !== undefined && !index.has(key)) index.set(key, id);
    }
  return index;
}

function lookUp(index: ReadonlyMap<string, number>, { text, places }: Comparable): number | undefined {
  for (const place of places) {
    const id = index.get(`${place}${text}`);
    if (id !== undefined) return id;
  }
  return undefined;
}

/**
 * The student token that means the same as each teacher token, −1 where there is none: equal text as both sides keep it, at the
 * same place in a word. Several teacher tokens (“Dog”, “ dog”) may mean one student token. End of sequence means end of sequence;
 * other special tokens mean nothing. → [V_l]
 */
export function sharedTokens(student: Vocabulary, teacher: Vocabulary): Int32Array {
  return sharedIn(new Comparison(student, teacher), student, teacher);
}

function sharedIn(comparison: Comparison, student: Vocabulary, teacher: Vocabulary): Int32Array {
  const index = indexByText(comparison.student);
  const shared = new Int32Array(teacher.size).fill(-1);
  for (const token of comparison.teacher) shared[token.id] = lookUp(index, token) ?? -1;
  shared[teacher.eosId] = student.eosId;
  return shared;
}

/**
 * One vocabulary under two templates: the teacher's name of every student token, at the answer's first token and later. The ends of sequence
 * change places, and at the first token, where only one template writes a space before the answer, so do “Dog” and “ Dog”. → [V] each
 * @throws RangeError in plain words where the two vocabularies are not one.
 */
export function sameTokens(
  student: Vocabulary,
  teacher: Vocabulary,
): { first: Int32Array; later: Int32Array } {
  if (student.size !== teacher.size || !spellAlike(student, teacher))
    throw new RangeError(
      'The student’s and the teacher’s vocabularies differ, so their tokens cannot be compared one by one.',
    );
  const later = Int32Array.from({ length: student.size }, (_, id) => id);
  const swap = (names: Int32Array, a: number, b: number) => {
    [names[a], names[b]] = [names[b]!, names[a]!];
  };
  if (student.eosId !== teacher.eosId) swap(later, student.eosId, teacher.eosId);
  const first = later.slice();
  if (student.spaceFirst !== teacher.spaceFirst) {
    const spelled = student.surface.tokens.map((token) =>
      token?.kind === 'text' ? [...token.bytes].join() : undefined,
    );
    const idOf = new Map(spelled.map((bytes, id) => [bytes, id]));
    spelled.forEach((bytes, id) => {
      if (bytes === undefined || bytes === '' || bytes.split(',')[0] === '32') return;
      const spaced = idOf.get(`32,${bytes}`);
      if (spaced !== undefined) swap(first, id, spaced);
    });
  }
  return { first, later };
}

function spellAlike(a: Vocabulary, b: Vocabulary): boolean {
  const spelled = ({ surface }: Vocabulary, id: number) =>
    `${surface.tokens[id]?.kind} ${surface.tokens[id]?.bytes.join()}`;
  for (let id = 0; id < a.size; id++) if (spelled(a, id) !== spelled(b, id)) return false;
  return true;
}

/**
 * The student token spelled most like each teacher token (Levenshtein distance of texts; among equals the same place in a word, then
 * the lower id), −1 where every one differs in all its letters. → [V_l]
 */
export function nearestTokens(student: Vocabulary, teacher: Vocabulary): Int32Array {
  const comparison = new Comparison(student, teacher);
  const nearest = sharedIn(comparison, student, teacher);
  const candidates = comparison.student.filter(({ places }) => places[0] !== '=');
  for (const token of comparison.teacher) {
    if (nearest[token.id]! >= 0 || token.places[0] === '=') continue;
    let best = Infinity;
    for (const candidate of candidates) {
      const longer = Math.max(token.text.length, candidate.text.length);
      // Half a letter for standing elsewhere in a word: it decides only among equals.
      const penalty = candidate.places[0] === token.places[0] ? 0 : 0.5;
      if (longer - Math.min(token.text.length, candidate.text.length) + penalty >= best) continue;
      const distance = editDistance(token.text, candidate.text);
      if (distance < longer && distance + penalty < best) {
        best = distance + penalty;
        nearest[token.id] = candidate.id;
      }
    }
  }
  return nearest;
}

/** Levenshtein distance: insertions, deletions and substitutions of UTF-16 units. */
export function editDistance(a: string, b: string): number {
  let before = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++)
      row.push(Math.min(before[j]! + 1, row[j - 1]! + 1, before[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    before = row;
  }
  return before[b.length]!;
}

/**
 * X-Token's projection W [V_s, V_l] (Turuvekere Sreenivas et al. 2026, after NeMo-RL's tools), non-zero entries only. Each teacher token's
 * text is split into student tokens, longest match first, and each piece carries some of it: 0.9, 0.09, 0.009 …, because the first
 * piece is what the next token is. A student token that no teacher token equals is split into teacher tokens likewise. Where both tokenizers
 * spell every byte, a token that both have means only itself. Rows sum to 1, or are missing where nothing fits.
 */
export function projectionEntries(student: Vocabulary, teacher: Vocabulary): ProjectionEntry[] {
  const comparison = new Comparison(student, teacher);
  const shared = sharedIn(comparison, student, teacher);
  const ofStudent = indexByText(comparison.student);
  const ofTeacher = indexByText(comparison.teacher);
  const weights = new Map<string, ProjectionEntry>();
  const add = (s: number, t: number, weight: number) => {
    const entry = weights.get(`${s} ${t}`);
    if (entry === undefined) weights.set(`${s} ${t}`, { student: s, teacher: t, weight });
    else entry.weight += weight;
  };
  const matched = new Set(shared);
  const rowFixed = (s: number) => comparison.exact && matched.has(s);
  shared.forEach((s, t) => {
    if (s >= 0) add(s, t, 1);
  });
  for (const token of comparison.teacher) {
    if (shared[token.id]! >= 0) continue;
    spread(split(token, ofStudent, comparison.exact), (s, weight) => {
      if (!rowFixed(s)) add(s, token.id, weight);
    });
  }
  for (const token of comparison.student)
    if (!matched.has(token.id))
      spread(split(token, ofTeacher, comparison.exact), (t, weight) => add(token.id, t, weight));
  const totals = new Map<number, number>();
  for (const { student: s, weight } of weights.values()) totals.set(s, (totals.get(s) ?? 0) + weight);
  return Array.from(weights.values(), (entry) => ({
    ...entry,
    weight: entry.weight / totals.get(entry.student)!,
  }));
}

/** Hands 0.9, 0.09, 0.009 … to the pieces, brought to sum 1. */
function spread(pieces: readonly number[], give: (id: number, weight: number) => void): void {
  const weights = pieces.map((_, i) => 0.9 * 0.1 ** i);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  pieces.forEach((id, i) => give(id, weights[i]! / total));
}

/** A token's text in another vocabulary's tokens, longest match first; empty where a letter is missing there. */
function split(token: Comparable, index: ReadonlyMap<string, number>, exact: boolean): number[] {
  if (token.places[0] === '=') return [];
  const letters = Array.from(token.text);
  const pieces: number[] = [];
  for (let from = 0; from < letters.length;) {
    let to = letters.length;
    let id: number | undefined;
    for (; to > from && id === undefined; to--) {
      const text = letters.slice(from, to).join('');
      const places: readonly Place[] = exact ? ['^'] : from > 0 ? ['+', '^'] : token.places;
      id = lookUp(index, { id: -1, text, places });
    }
    if (id === undefined) return [];
    pieces.push(id);
    from = to + 1;
  }
  return pieces;
}
