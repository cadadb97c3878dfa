import type { Inspection } from '../../worker/protocol.ts';
import { formatFine, formatPercent } from '../lib/format.ts';

export type TextReading = Inspection['texts'][number];
export type Chunk = TextReading['chunks'][number];
export type Side = 'teacher' | 'student';

/** What the colours of a text stand for: how much surer the teacher is of each chunk, or KL over the vocabulary. */
export type Measure = 'difference' | 'kl';

export const measureNames: Record<Measure, string> = {
  kl: 'KL(teacher ‖ student)',
  difference: 'log p teacher − log p student',
};

/** Nats from which on a colour is as strong as it gets. */
export const strongest = 4;

/** KL needs one vocabulary; the best one first: KL where every chunk has it. */
export function measuresOf({ chunks }: TextReading): [Measure, ...Measure[]] {
  const known = chunks.filter(({ kl }) => kl !== undefined).length;
  if (known === 0) return ['difference'];
  return known === chunks.length ? ['kl', 'difference'] : ['difference', 'kl'];
}

/** Nats; undefined where a chunk of several tokens has no KL. Of a difference: above 0 the teacher is surer. */
export function gapOf({ kl, logProbability }: Chunk, measure: Measure): number | undefined {
  return measure === 'kl' ? kl : logProbability.teacher - logProbability.student;
}

/** A gap as a background: of a difference the surer model's colour, of a KL one colour. */
export function gapColor(nats: number | undefined, measure: Measure): string {
  if (nats === undefined || Number.isNaN(nats)) return 'transparent';
  const share = Math.round((Math.min(Math.abs(nats), strongest) / strongest) * 45);
  const color = measure === 'kl' ? 'series-4' : nats > 0 ? 'teacher' : 'student';
  return `color-mix(in srgb, var(--${color}) ${share}%, transparent)`;
}

export function formatNats(value: number | undefined): string {
  if (value === undefined) return '–';
  return formatFine(value);
}

/** 0.8312 → “83.1 %”; what rounds to 0 says so. */
export function formatProbability(logProbability: number): string {
  const probability = Math.exp(logProbability);
  return probability < 0.0005 ? '< 0.1 %' : formatPercent(probability);
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
