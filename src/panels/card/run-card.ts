import { scoreBand } from '../../engine/evaluate/over-seeds.ts';
import type { Score } from '../../engine/evaluate/score-schema.ts';
import type { ArmReport } from '../../engine/run/events.ts';
import type { EvaluationPoint } from '../../store/slices/metrics-slice.ts';
import { scoreColor } from '../lib/arm-colors.ts';
import { formatPercent } from '../lib/format.ts';
import { escapeXml, pictureFont } from '../lib/svg-picture.ts';
import { qrPath } from '../qr/qr-path.ts';
import { scoreRows, type ScoreRow } from '../result/scores.ts';

/** What a card tells of a run. */
export interface CardFacts {
  title: string;
  /** The recipe in a line. */
  recipe: string;
  /** What its questions are called. */
  split: string;
  /** How many were trained at once. */
  seeds: number;
  /** Updates after which somebody changed the recipe. */
  changedAfter: readonly number[];
  arms: readonly ArmReport[];
  evaluations: readonly EvaluationPoint[];
  step: number;
  totalSteps: number;
  adapter: string;
  /** ISO 8601. */
  startedAt: string;
  link: string;
}

/** px: a slide's format. */
export const cardSize = { width: 1200, height: 675 } as const;

const margin = 48;
const chart = { left: 100, top: 168, width: 600, height: 356 } as const;
const scores = { left: 748, width: cardSize.width - margin - 748 } as const;
const qrSide = 96;

type Colour = (name: string) => string;

/**
 * A run on one picture: held-out accuracy of every student with its bands, the scores, and what one needs to run it again.
 * @param colour the value of a colour such as `var(--teacher)`: a picture stands alone
 */
export function runCard(facts: CardFacts, colour: Colour): string {
  const { title, recipe, split, seeds, changedAfter, arms, evaluations, step, totalSteps } = facts;
  const { adapter, startedAt, link } = facts;
  const ink = colour('var(--ink)');
  const soft = colour('var(--ink-soft)');
  const { rows, questions, ended } = scoreRows(evaluations, arms);
  const write = (text: string, x: number, y: number, size: number, look = `fill="${ink}"`) =>
    `<text x="${x}" y="${y}" font-size="${size}" ${look}>${escapeXml(text)}</text>`;
  const live = evaluations.find(({ final, who }) => !final && who !== 'teacher')?.score.n;
  const about = [
    ended ? undefined : `step ${step} of ${totalSteps}`,
    `exact match, ${split}`,
    questions === undefined || live === undefined
      ? undefined
      : ended
        ? `curves ${live} questions, scores ${questions}`
        : `${live} questions`,
    ended
      ? `bands: 95 % of resampled ${seeds > 1 ? `questions and ${seeds} seeds` : 'questions; one seed'}`
      : undefined,
    changedAfter.length > 0 ? `changed by hand after step ${changedAfter.join(', ')}` : undefined,
  ].filter((part) => part !== undefined);
  const code = qrPath(link);
  const parts = [
    write(shortened(title, 62), margin, 66, 32, `fill="${ink}" font-weight="700"`),
    ...wrapped(recipe, 138, 2).map((line, i) => write(line, margin, 96 + i * 20, 15, `fill="${soft}"`)),
    write(about.join(' · '), margin, 146, 14, `fill="${soft}"`),
    drawing(facts, rows, colour),
    ...scoreLines(rows, arms, colour),
    write(
      `${ended ? `${totalSteps} steps` : `step ${step}`} on ${shortened(adapter, 70)}, ${startedAt.slice(0, 10)}`,
      margin,
      590,
      15,
    ),
    write(shortened(link, 112), margin, 614, 15),
    write('GenRecal Playground · the method: arXiv 2506.15681', margin, 638, 13, `fill="${soft}"`),
    ...(code !== undefined && code.size <= 65
      ? [
          `<path transform="translate(${cardSize.width - margin - qrSide} ${cardSize.height - 36 - qrSide}) scale(${qrSide / code.size})" shape-rendering="crispEdges" d="${code.path}"/>`,
        ]
      : []),
  ];
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${cardSize.width}" height="${cardSize.height}" viewBox="0 0 ${cardSize.width} ${cardSize.height}" font-family="${escapeXml(pictureFont)}">` +
    `<rect width="100%" height="100%" fill="#fff"/>${parts.join('')}</svg>`
  );
}

/** Accuracy over steps: a line with its band for every arm, levels of the teacher and of the untouched student, final scores at the end. */
function drawing({ arms, evaluations, totalSteps }: CardFacts, rows: readonly ScoreRow[], colour: Colour) {
  const lines = arms.map(({ key }) => ({ key, points: pointsOf(evaluations, key) }));
  const highest = Math.max(
    ...rows.map(({ score, band }) => band?.high ?? score?.exactMatch ?? 0),
    ...lines.flatMap(({ points }) => points.map(({ high }) => high)),
  );
  const top = Math.min(1, Math.max(0.2, Math.ceil(highest * 10 + 0.2) / 10));
  const x = (step: number) => round(chart.left + (chart.width * step) / Math.max(1, totalSteps));
  const y = (share: number) => round(chart.top + chart.height * (1 - share / top));
  const soft = colour('var(--ink-soft)');
  const tick = top > 0.5 ? 0.2 : 0.1;
  const grid = Array.from({ length: Math.floor(top / tick + 1e-9) + 1 }, (_, i) => i * tick).map(
    (share) =>
      `<line x1="${chart.left}" x2="${chart.left + chart.width}" y1="${y(share)}" y2="${y(share)}" stroke="${colour('var(--line)')}"/>` +
      `<text x="${chart.left - 8}" y="${y(share) + 5}" font-size="13" text-anchor="end" fill="${soft}">${Math.round(share * 100)} %</text>`,
  );
  const foot = chart.top + chart.height + 18;
  const steps =
    `<text x="${chart.left}" y="${foot}" font-size="13" fill="${soft}">0</text>` +
    `<text x="${chart.left + chart.width}" y="${foot}" font-size="13" text-anchor="end" fill="${soft}">step ${totalSteps}</text>`;
  const levels = rows
    .filter(({ key, score }) => (key === 'teacher' || key === 'before') && score !== undefined)
    .map(
      ({ key, score }) =>
        `<line x1="${chart.left}" x2="${chart.left + chart.width}" y1="${y(score!.exactMatch)}" y2="${y(score!.exactMatch)}" stroke="${colour(scoreColor(key, arms))}" stroke-width="2" stroke-dasharray="7 5"/>`,
    );
  const curves = lines
    .filter(({ points }) => points.length > 0)
    .map(({ key, points }) => {
      const own = colour(scoreColor(key, arms));
      const way = points.map(({ step, mean }) => `${x(step)},${y(mean)}`);
      const around = [
        ...points.map(({ step, high }) => `${x(step)},${y(high)}`),
        ...points.map(({ step, low }) => `${x(step)},${y(low)}`).toReversed(),
      ];
      return (
        `<polygon points="${around.join(' ')}" fill="${own}" fill-opacity="0.13"/>` +
        `<polyline points="${way.join(' ')}" fill="none" stroke="${own}" stroke-width="2.5" stroke-linejoin="round"/>`
      );
    });
  const ends = rows
    .filter(({ key, band }) => band !== undefined && key !== 'teacher' && key !== 'before')
    .map(({ key, score, band }, i) => {
      const own = colour(scoreColor(key, arms));
      const at = chart.left + chart.width + 6 + i * 8;
      return (
        `<line x1="${at}" x2="${at}" y1="${y(band!.low)}" y2="${y(band!.high)}" stroke="${own}" stroke-width="2"/>` +
        `<circle cx="${at}" cy="${y(score!.exactMatch)}" r="4" fill="${own}"/>`
      );
    });
  return [...grid, steps, ...levels, ...curves, ...ends].join('');
}

/** Every look at an arm while it trained, with where 95 % of resamples lie; from the untouched student on. */
function pointsOf(evaluations: readonly EvaluationPoint[], arm: string) {
  const byStep = new Map<number, Score[]>();
  for (const { step, who, score, final } of evaluations)
    if (!final && (who === arm || who === 'before')) byStep.set(step, [...(byStep.get(step) ?? []), score]);
  return [...byStep].map(([step, all]) => ({ step, ...scoreBand(all) }));
}

function scoreLines(rows: readonly ScoreRow[], arms: readonly ArmReport[], colour: Colour): string[] {
  const height = Math.min(56, (chart.height + 20) / Math.max(1, rows.length));
  const size = Math.min(17, height * 0.36);
  const ink = colour('var(--ink)');
  return rows.map(({ key, label, score, band }, i) => {
    const y = chart.top + i * height;
    const own = colour(scoreColor(key, arms));
    const x = (share: number) => round(scores.left + scores.width * share);
    const value = score === undefined ? '–' : formatPercent(score.exactMatch);
    const range = band && `(${(band.low * 100).toFixed(1)}–${(band.high * 100).toFixed(1)})`;
    const bar = y + size + 5;
    const thick = Math.min(12, height * 0.24);
    return (
      `<text x="${scores.left}" y="${y + size - 2}" font-size="${round(size)}" fill="${ink}">${escapeXml(shortened(label, 26))}</text>` +
      `<text x="${scores.left + scores.width}" y="${y + size - 2}" font-size="${round(size)}" text-anchor="end" font-weight="650" fill="${ink}">${value}<tspan dx="6" font-weight="400">${range ?? ''}</tspan></text>` +
      `<rect x="${scores.left}" y="${bar}" width="${scores.width}" height="${thick}" fill="${colour('var(--line)')}" fill-opacity="0.5"/>` +
      `<rect x="${scores.left}" y="${bar}" width="${round(scores.width * (score?.exactMatch ?? 0))}" height="${thick}" fill="${own}"/>` +
      (band === undefined
        ? ''
        : `<line x1="${x(band.low)}" x2="${x(band.high)}" y1="${bar + thick / 2}" y2="${bar + thick / 2}" stroke="${ink}" stroke-width="2"/>`)
    );
  });
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function shortened(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}

/** At most `count` lines of about `length` characters, broken between words. */
function wrapped(text: string, length: number, count: number): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1)!;
    if (line !== '' && line.length + word.length >= length) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return lines.length <= count ? lines : [...lines.slice(0, count - 1), `${lines[count - 1]!} …`];
}
