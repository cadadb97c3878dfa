import type { Inspection } from '../../worker/protocol.ts';

export type TextReading = Inspection['texts'][number];
export type Chunk = TextReading['chunks'][number];
export type Side = 'teacher' | 'student';

/** What the colour of a chunk stands for. */
export interface Gap {
  /** Nats; above 0 the teacher is surer. */
  nats: number;
  name: string;
}

/** Nats from which on a colour is as strong as it gets. */
export const strongest = 4;

/** KL over the vocabulary where it is defined, else the difference of the chunk's log-probabilities. */
export function gapOf({ kl, logProbability }: Chunk): Gap {
  return kl === undefined
    ? { nats: logProbability.teacher - logProbability.student, name: 'log p teacher − log p student' }
    : { nats: kl, name: 'KL(teacher ‖ student)' };
}

/** A gap as a background: the teacher's colour where it is surer, the student's where that is. */
export function gapColor(nats: number): string {
  const share = Math.round((Math.min(Math.abs(nats), strongest) / strongest) * 45);
  return `color-mix(in srgb, var(--${nats > 0 ? 'teacher' : 'student'}) ${share}%, transparent)`;
}

export function formatNats(value: number): string {
  // No “−0.00”.
  const text = (Math.abs(value) < 0.005 ? 0 : value).toFixed(2);
  return text.replace('-', '−');
}

/** 0.8312 → “83.1 %”; what rounds to 0 says so. */
export function formatProbability(logProbability: number): string {
  const percent = Math.exp(logProbability) * 100;
  return percent < 0.05 ? '< 0.1 %' : `${percent.toFixed(1)} %`;
}

/** A token so that its spaces are seen. */
export function shown(text: string): string {
  return text.replaceAll(' ', '␣').replaceAll('\n', '⏎') || '∅';
}

/**
 * The other model's token in the place of this one: the one that spells the byte at which this one begins, else the first of the same chunk.
 */
export function counterpart(text: TextReading, side: Side, index: number): number | undefined {
  const token = text[side][index];
  const chunk = token && text.chunks[token.chunk];
  if (chunk === undefined) return undefined;
  const other = side === 'teacher' ? 'student' : 'teacher';
  const { from, to } = chunk[other];
  const start = token!.span?.from;
  if (start === undefined) return from;
  const within = text[other]
    .slice(from, to)
    .findIndex(({ span }) => span !== undefined && span.from <= start && start < span.to);
  return from + Math.max(within, 0);
}
