import { useEffect, useRef } from 'react';
import { rgbaSide } from '../../engine/data/picture.ts';
import type { WatchedExample } from '../../engine/run/events.ts';
import type { Layout, Rect } from './layout.ts';
import classes from './model.module.css';
import { isOfPictures, type Flow, type PartKey } from './parts.ts';
import type { Phase } from './phases.ts';
import { formatPercent, formatWholePercent } from '../lib/format.ts';

/** As many tokens travel along one arrow. */
const mostTravellers = 4;
/** Units of the drawing that a letter is wide. */
const letter = 6;

interface ToldStepProps {
  example: WatchedExample;
  phase: Phase;
  layout: Layout;
  flows: readonly Flow[];
}

/** A real step in the drawing: its picture, its tokens on their way, and what the teacher's head made of them. */
export function ToldStep({ example, phase, layout, flows }: ToldStepProps) {
  const travelling = travels(flows, phase, example);
  const spoken = phase.key === 'heads' || phase.key === 'losses';
  return (
    <g className={classes.told} pointerEvents="none">
      {example.picture !== undefined && <Drawing pixels={example.picture} box={layout.parts.examples} />}
      {travelling.map(({ from, to, tokens }) => (
        <Travellers
          key={`${phase.key} ${from}>${to}`}
          from={layout.parts[from]}
          to={layout.parts[to]}
          tokens={tokens}
        />
      ))}
      {spoken && layout.words !== undefined && example.heads !== undefined && (
        <Words heads={example.heads} box={layout.words} />
      )}
    </g>
  );
}

const carrying = new Set<Phase['key']>(['tokens', 'teacher', 'student', 'pre', 'recBody', 'post', 'heads']);

/** Which arrows carry tokens at a moment, and which: the answer's, or features under the name that the paper gives them. */
export function travels(
  flows: readonly Flow[],
  phase: Phase,
  { answerTokens }: Pick<WatchedExample, 'answerTokens'>,
): { from: PartKey; to: PartKey; tokens: string[] }[] {
  if (!carrying.has(phase.key)) return [];
  return flows.flatMap(({ from, to, name }) => {
    if (!phase.parts.includes(to) || isOfPictures(from) || isOfPictures(to)) return [];
    const side = (from + to).startsWith('student') || to.startsWith('student') ? 'student' : 'teacher';
    const tokens = from === 'studentBody' && to === 'recBody' ? [name!] : answerTokens[side];
    return [{ from, to, tokens: tokens.slice(0, mostTravellers).map((token) => token.trim() || '␣') }];
  });
}

function Drawing({ pixels, box }: { pixels: Uint8ClampedArray<ArrayBuffer>; box: Rect }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const side = rgbaSide(pixels);
  useEffect(() => {
    canvas.current?.getContext('2d')?.putImageData(new ImageData(pixels, side, side), 0, 0);
  }, [pixels, side]);
  const size = box.h - 8;
  return (
    <foreignObject x={box.x + box.w - size - 4} y={box.y + 4} width={size} height={size}>
      <canvas ref={canvas} width={side} height={side} className={classes.drawn} />
    </foreignObject>
  );
}

/** Tokens that go from the middle of one part to the middle of the next, one after the other. */
function Travellers({ from, to, tokens }: { from: Rect; to: Rect; tokens: readonly string[] }) {
  const [start, end] = [from, to].map(({ x, y, w, h }) => `${x + w / 2}px, ${y + h / 2}px`);
  return tokens.map((token, i) => {
    const wide = token.length * letter + 8;
    const style = { '--start': start, '--end': end, animationDelay: `${i * 160}ms` };
    return (
      <g key={tokens.slice(0, i + 1).join(' ')} className={classes.traveller} style={style}>
        <rect x={-wide / 2} y={-9} width={wide} height={18} rx={9} />
        <text y={4}>{token}</text>
      </g>
    );
  });
}

/** The likeliest tokens of the teacher's head, of the teacher's own features and of the recalibrated ones, side by side. */
function Words({ heads, box }: { heads: NonNullable<WatchedExample['heads']>; box: Rect }) {
  const columns = [
    ['teacher', heads.teacher],
    ['Recalibrator', heads.recalibrator],
  ] as const;
  const wide = box.w / columns.length;
  return (
    <g className={classes.words}>
      <rect x={box.x} y={box.y} width={box.w} height={box.h} rx={4} />
      {columns.map(([name, tokens], i) => {
        const x = box.x + i * wide;
        return (
          <g key={name} data-of={name}>
            <text x={x + 5} y={box.y + 12} className={classes.wordsOf}>
              {name}
            </text>
            {tokens.map(({ text, probability }, row) => (
              <g key={text}>
                <text x={x + 5} y={box.y + 26 + row * 13}>
                  {cut(text.trim() || '␣')}
                </text>
                <text x={x + wide - 4} y={box.y + 26 + row * 13} textAnchor="end">
                  {formatWholePercent(probability)}
                </text>
              </g>
            ))}
          </g>
        );
      })}
    </g>
  );
}

function cut(text: string): string {
  return text.length > 8 ? `${text.slice(0, 7)}…` : text;
}

/** What the heads expected, in words. */
export function headsText({ answerTokens, heads }: WatchedExample): string | undefined {
  if (heads === undefined) return undefined;
  const list = (tokens: (typeof heads)['teacher']) =>
    tokens.map(({ text, probability }) => `“${text.trim()}” ${formatPercent(probability)}`).join(', ');
  return `In the place of “${answerTokens.teacher[0]!.trim()}” the teacher’s own features say ${list(heads.teacher)}; the recalibrated ones ${list(heads.recalibrator)}`;
}
