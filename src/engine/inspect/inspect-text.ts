import { alignTokens, type Span } from '../models/tokenizers/alignment.ts';
import type { VlmTokenizer } from '../models/tokenizers/tokenizer.ts';
import { sameTokens, vocabularyOf } from '../models/tokenizers/vocabulary-maps.ts';

/** Next-token distributions along one answer, forced: row j is what the model expects in the place of token j. */
export interface ForcedAnswer {
  ids: readonly number[];
  /** One row of log-probabilities per token, [V], nats. */
  rows: readonly Float32Array[];
}

/** A token that a model might have said. */
export interface Candidate {
  id: number;
  text: string;
  /** Nats. */
  logProbability: number;
}

export interface TokenReading extends Candidate {
  /** The number of tokens that were likelier. */
  rank: number;
  /** The likeliest tokens in its place, best first. */
  top: Candidate[];
  /** The shared text's bytes it spells; undefined where it is not found in the text. */
  span: Span | undefined;
  /** Its chunk; −1 where it aligns with nothing. */
  chunk: number;
  kind: 'text' | 'end' | 'special' | 'unknown';
}

/** The fewest tokens on both sides that spell the same bytes. */
export interface ChunkReading {
  /** What it spells, as both tokenizers keep it; '' for the end of the answer. */
  text: string;
  teacher: Span;
  student: Span;
  /** Log-probability of the whole chunk, nats: the sum over its tokens. */
  logProbability: { teacher: number; student: number };
  /** KL(teacher ‖ student) over the vocabulary in place of this token, nats; only where one vocabulary has one token on both sides. */
  kl: number | undefined;
}

/** One text as both models read it. */
export interface TextReading {
  text: string;
  teacher: TokenReading[];
  student: TokenReading[];
  chunks: ChunkReading[];
  /** Share of the text's bytes that lie in chunks, 0–1. */
  coverage: number;
}

type Side = 'teacher' | 'student';

const topCount = 8;

/** Lays two models' forced answers over each other by the bytes that their tokens spell. */
export function readText(
  text: string,
  tokenizers: Record<Side, VlmTokenizer>,
  answers: Record<Side, ForcedAnswer>,
): TextReading {
  const side = (which: Side) => {
    const { surface, eosId } = tokenizers[which];
    return { ids: answers[which].ids, surface, eosId };
  };
  const alignment = alignTokens(text, side('student'), side('teacher'));
  const readings = (which: Side): TokenReading[] =>
    answers[which].ids.map((id, i) => ({
      ...readToken(tokenizers[which], id, answers[which].rows[i]!),
      span: alignment.spans[which][i],
      chunk: alignment.chunkOf[which][i]!,
    }));
  const [teacher, student] = [readings('teacher'), readings('student')];
  const bytes = new TextEncoder().encode(alignment.text);
  const decoder = new TextDecoder();
  const names = namesOf(tokenizers);
  const chunks = alignment.chunks.map((chunk): ChunkReading => {
    const own = student.slice(chunk.student.from, chunk.student.to);
    const spelled = own.flatMap(({ span, kind }) => (span && kind === 'text' ? [span] : []));
    const sum = (tokens: readonly TokenReading[]) =>
      tokens.reduce((total, { logProbability }) => total + logProbability, 0);
    return {
      text: decoder.decode(bytes.subarray(spelled[0]?.from ?? 0, spelled.at(-1)?.to ?? 0)),
      teacher: chunk.teacher,
      student: chunk.student,
      logProbability: {
        teacher: sum(teacher.slice(chunk.teacher.from, chunk.teacher.to)),
        student: sum(own),
      },
      kl: divergence(chunk, answers, names),
    };
  });
  return { text, teacher, student, chunks, coverage: alignment.coverage };
}

function readToken(
  tokenizer: VlmTokenizer,
  id: number,
  row: Float32Array,
): Omit<TokenReading, 'span' | 'chunk'> {
  const candidate = (token: number): Candidate => ({
    id: token,
    text: tokenizer.tokenStrings([token])[0]!,
    logProbability: row[token]!,
  });
  const kind = tokenizer.surface.tokens[id]?.kind ?? 'special';
  return {
    ...candidate(id),
    kind: id === tokenizer.eosId ? 'end' : kind,
    rank: row.reduce((likelier, value) => likelier + Number(value > row[id]!), 0),
    // A head may have more rows than the tokenizer has names.
    top: Array.from(row.subarray(0, tokenizer.vocabularySize).keys())
      .sort((a, b) => row[b]! - row[a]!)
      .slice(0, topCount)
      .map(candidate),
  };
}

type Names = ReturnType<typeof sameTokens>;

/** The teacher's name of every student token; undefined where the vocabularies are not one. */
function namesOf({ teacher, student }: Record<Side, VlmTokenizer>): Names | undefined {
  try {
    return sameTokens(vocabularyOf(student), vocabularyOf(teacher));
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function divergence(
  { teacher, student }: { teacher: Span; student: Span },
  answers: Record<Side, ForcedAnswer>,
  names: Names | undefined,
): number | undefined {
  const single = teacher.to - teacher.from === 1 && student.to - student.from === 1;
  if (names === undefined || !single) return undefined;
  const logP = answers.teacher.rows[teacher.from]!;
  const logQ = answers.student.rows[student.from]!;
  const nameOf = student.from === 0 ? names.first : names.later;
  let sum = 0;
  nameOf.forEach((name, id) => {
    sum += Math.exp(logP[name]!) * (logP[name]! - logQ[id]!);
  });
  return sum;
}
