import { SegmentedControl } from '@mantine/core';
import { useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import { formatWholePercent } from '../lib/format.ts';
import { Candidates } from './candidates.tsx';
import {
  counterpart,
  formatNats,
  formatProbability,
  gapColor,
  gapOf,
  measureNames,
  measuresOf,
  shown,
  strongest,
  type Chunk,
  type Measure,
  type Side,
  type TextReading,
} from './measure.ts';
import classes from './tokens.module.css';

interface Place {
  side: Side;
  index: number;
}

/** A text in both models' tokens, one column per run of bytes that both spell with whole tokens, coloured by how far the models are apart. */
export function TextView({ text }: { text: TextReading }) {
  const [place, setPlace] = useState<Place>({ side: 'teacher', index: 0 });
  const root = useRef<HTMLDivElement>(null);
  const measures = measuresOf(text);
  const [measure, setMeasure] = useState<Measure>(measures[0]);
  const other = place.side === 'teacher' ? 'student' : 'teacher';
  const across = counterpart(text, place.side, place.index);
  const shownAt = { [place.side]: place.index, [other]: across } as Record<Side, number | undefined>;

  const move = (event: KeyboardEvent) => {
    const target = moved(event.key, text, place, across);
    if (target === undefined) return;
    event.preventDefault();
    setPlace(target);
    root.current?.querySelector<HTMLElement>(`[data-token="${target.side}-${target.index}"]`)?.focus();
  };
  const chip = (side: Side, index: number) => (
    <Chip
      key={`${side}-${index}`}
      text={text}
      side={side}
      index={index}
      chosen={place.side === side && place.index === index}
      across={place.side !== side && across === index}
      onChoose={() => setPlace({ side, index })}
    />
  );
  const loose = (side: Side) =>
    text[side].map((token, index) => ({ token, index })).filter(({ token }) => token.chunk === -1);
  return (
    <>
      <div
        ref={root}
        className={classes.text}
        role="toolbar"
        tabIndex={-1}
        aria-label="Tokens of both models"
        onKeyDown={move}
      >
        <div className={classes.rows}>
          <RowName text={text} side="teacher" />
          <span>both</span>
          <RowName text={text} side="student" />
        </div>
        {text.chunks.map((chunk) => (
          <div key={chunk.student.from} className={classes.chunk}>
            <div>{range(chunk.teacher).map((index) => chip('teacher', index))}</div>
            <span
              className={classes.bytes}
              style={{ background: gapColor(gapOf(chunk, measure), measure) }}
              title={chunkWords(chunk)}
            >
              {chunk.text === '' ? 'end' : chunk.text}
              <small>{formatNats(gapOf(chunk, measure))}</small>
            </span>
            <div>{range(chunk.student).map((index) => chip('student', index))}</div>
          </div>
        ))}
        {(['teacher', 'student'] as const).some((side) => loose(side).length > 0) && (
          <div className={classes.chunk}>
            <div>{loose('teacher').map(({ index }) => chip('teacher', index))}</div>
            <span className={classes.bytes}>no counterpart</span>
            <div>{loose('student').map(({ index }) => chip('student', index))}</div>
          </div>
        )}
      </div>
      <Legend text={text} measure={measure}>
        {measures.length > 1 && (
          <SegmentedControl
            size="xs"
            aria-label="Colour"
            value={measure}
            onChange={setMeasure}
            data={[
              { value: 'difference', label: 'difference' },
              { value: 'kl', label: 'KL' },
            ]}
          />
        )}
      </Legend>
      <p className={classes.detail}>{detail(text, place)}</p>
      <div className={classes.candidates}>
        <Candidates text={text} side="teacher" index={shownAt.teacher} />
        <Candidates text={text} side="student" index={shownAt.student} />
      </div>
    </>
  );
}

/** A model with its mean −log p over the tokens of this text: its cross-entropy, where the text is the right answer. */
function RowName({ text, side }: { text: TextReading; side: Side }) {
  const tokens = text[side];
  const mean = tokens.reduce((sum, { logProbability }) => sum - logProbability, 0) / tokens.length;
  return (
    <span>
      {side}
      {tokens.length > 0 && (
        <small title="mean of −log p over this model’s tokens">{formatNats(mean)} nats/token</small>
      )}
    </span>
  );
}

function Chip(props: {
  text: TextReading;
  side: Side;
  index: number;
  chosen: boolean;
  across: boolean;
  onChoose: () => void;
}) {
  const { text, side, index, chosen, across, onChoose } = props;
  const token = text[side][index]!;
  const probability = formatProbability(token.logProbability);
  return (
    <button
      type="button"
      className={classes.chip}
      data-token={`${side}-${index}`}
      data-side={side}
      data-across={across}
      aria-pressed={chosen}
      // One stop for Tab; arrow keys go from token to token.
      tabIndex={chosen ? 0 : -1}
      aria-label={`${side}, token ${index + 1}: ${token.text}, ${probability}`}
      onClick={onChoose}
      onFocus={onChoose}
      onMouseEnter={onChoose}
    >
      {token.kind === 'end' ? 'end' : shown(token.text)}
      <small>{probability}</small>
    </button>
  );
}

/** Left and right along one model's tokens, up and down between the models. */
function moved(key: string, text: TextReading, place: Place, across: number | undefined): Place | undefined {
  const { side, index } = place;
  const last = text[side].length - 1;
  switch (key) {
    case 'ArrowRight':
      return { side, index: Math.min(index + 1, last) };
    case 'ArrowLeft':
      return { side, index: Math.max(index - 1, 0) };
    case 'Home':
      return { side, index: 0 };
    case 'End':
      return { side, index: last };
    case 'ArrowUp':
    case 'ArrowDown': {
      const to = key === 'ArrowUp' ? 'teacher' : 'student';
      return side === to || across === undefined ? place : { side: to, index: across };
    }
    default:
      return undefined;
  }
}

function Legend({ text, measure, children }: { text: TextReading; measure: Measure; children: ReactNode }) {
  const marks = measure === 'kl' ? [0, 1, 2, strongest] : [-strongest, -2, -1, 0, 1, 2, strongest];
  return (
    <div className={classes.legend}>
      <span>{measure === 'kl' ? 'alike' : 'student surer'}</span>
      <span className={classes.scale} aria-hidden>
        {marks.map((nats) => (
          <i key={nats} style={{ background: gapColor(nats, measure) }}>
            {String(nats).replace('-', '−')}
          </i>
        ))}
      </span>
      <span>{measure === 'kl' ? 'apart' : 'teacher surer'}</span>
      <span className={classes.unit}>{measureNames[measure]}, nats per column</span>
      {children}
      {text.coverage < 1 && (
        <span className={classes.unit}>
          {formatWholePercent(text.coverage)} of the text’s bytes are spelled by both.
        </span>
      )}
    </div>
  );
}

function detail(text: TextReading, { side, index }: Place): string {
  const token = text[side][index];
  if (token === undefined) return 'This answer has no token.';
  const own = `${side} · “${token.text}”: p ${formatProbability(token.logProbability)}, −log p ${formatNats(-token.logProbability)} nats, ${token.rank === 0 ? 'its first choice' : `choice ${token.rank + 1}`}.`;
  const chunk = text.chunks[token.chunk];
  return `${own} ${chunk === undefined ? 'It aligns with no token of the other model.' : chunkWords(chunk)}`;
}

function chunkWords(chunk: Chunk): string {
  const { teacher, student } = chunk.logProbability;
  const name = chunk.text === '' ? 'The end' : `“${chunk.text}”`;
  return `${name}: −log p teacher ${formatNats(-teacher)}, student ${formatNats(-student)}; ${measureNames.difference} ${formatNats(teacher - student)} nats${chunk.kl === undefined ? '' : `; ${measureNames.kl} ${formatNats(chunk.kl)} nats`}.`;
}

function range({ from, to }: { from: number; to: number }): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}
