import { memo } from 'react';
import { lossNames, type LossKey } from '../../engine/method/losses.ts';
import type { WatchedExample } from '../../engine/run/events.ts';
import { factsOf, seesPictures, type DiagramContext } from './facts.ts';
import type { Phase } from './phases.ts';
import { flowKey, type Layout, type Rect } from './layout.ts';
import classes from './model.module.css';
import { isOfPictures, sideOf, type Flow, type PartKey, type PartState, type Wiring } from './parts.ts';
import { ToldStep } from './told-step.tsx';
import { formatNumber } from '../lib/format.ts';

export const stateWords: Record<PartState, string> = {
  trained: 'trains',
  frozen: 'frozen',
  used: '',
  unused: 'not in this stage',
};

interface DiagramProps {
  wiring: Wiring;
  context: DiagramContext;
  layout: Layout;
  /** The moment of the step that is lit. */
  phase: Phase | undefined;
  losses: Partial<Record<LossKey, number>>;
  /** Of the step that is told. */
  example: WatchedExample | undefined;
  onChoose(part: PartKey): void;
}

/**
 * The loaded pair and the Recalibrator as they are wired in one stage. Pixels only: the text beside it says the same, part by part.
 */
export const Diagram = memo(function Diagram(props: DiagramProps) {
  const { wiring, context, layout, phase, losses, example, onChoose } = props;
  const pictures = seesPictures(context);
  const keys = (Object.keys(layout.parts) as PartKey[]).filter((key) =>
    key in lossNames ? wiring.state[key] === 'used' : pictures || !isOfPictures(key),
  );
  const lit = new Set(phase?.parts);
  return (
    <svg
      className={classes.diagram}
      viewBox={`0 0 ${layout.width} ${layout.height}`}
      data-lit={phase !== undefined}
      aria-hidden
    >
      <defs>
        <pattern
          id="frozen-hatch"
          width="6"
          height="6"
          patternUnits="userSpaceOnUse"
          patternTransform="rotate(45)"
        >
          <line x1="0" y1="0" x2="0" y2="6" className={classes.hatch} />
        </pattern>
      </defs>
      {wiring.flows.map((flow) => (
        <FlowLine
          key={`${flowKey(flow)} ${flow.name ?? ''}`}
          flow={flow}
          layout={layout}
          back={phase?.key === 'backward' && flow.gradient}
          lit={phase !== undefined && phase.key !== 'backward' && lit.has(flow.to)}
        />
      ))}
      {layout.captions.map(({ text, at: [x, y] }) => (
        <text key={text} x={x} y={y} className={classes.caption}>
          {text}
        </text>
      ))}
      {keys.map((key) => (
        <PartBox
          key={key}
          part={key}
          rect={layout.parts[key]}
          state={wiring.state[key]}
          context={context}
          lit={lit.has(key)}
          value={losses[key as LossKey]}
          onChoose={onChoose}
        />
      ))}
      {phase !== undefined && example !== undefined && (
        <ToldStep example={example} phase={phase} layout={layout} flows={wiring.flows} />
      )}
    </svg>
  );
});

interface PartBoxProps {
  part: PartKey;
  rect: Rect;
  state: PartState;
  context: DiagramContext;
  lit: boolean;
  value: number | undefined;
  onChoose(part: PartKey): void;
}

function PartBox({ part, rect, state, context, lit, value, onChoose }: PartBoxProps) {
  const { title, lines } = factsOf(part, context);
  const isLoss = part in lossNames;
  const texts = isLoss ? [value === undefined ? '–' : formatNumber(value)] : lines;
  const { x, y, w, h } = rect;
  // No room for a line of its own.
  const low = h < 60;
  return (
    <g
      className={classes.part}
      data-part={part}
      data-state={state}
      data-side={sideOf(part) ?? (isLoss ? 'loss' : 'between')}
      data-lit={lit}
      onClick={() => onChoose(part)}
    >
      <rect className={classes.box} x={x} y={y} width={w} height={h} rx={4} />
      {state === 'frozen' && (
        <rect x={x} y={y} width={w} height={h} rx={4} fill="url(#frozen-hatch)" pointerEvents="none" />
      )}
      <text x={x + 6} y={y + 15} className={classes.partTitle}>
        {title}
      </text>
      {texts.map((text, i) => (
        <text key={text} x={x + 6} y={y + 29 + i * 13} className={isLoss ? classes.value : classes.partLine}>
          {text}
        </text>
      ))}
      {stateWords[state] !== '' && (
        <text
          x={low ? x + w - 6 : x + 6}
          y={low ? y + 15 : y + h - 6}
          textAnchor={low ? 'end' : 'start'}
          className={classes.partState}
        >
          {low && state === 'unused' ? '' : stateWords[state]}
        </text>
      )}
    </g>
  );
}

interface FlowLineProps {
  flow: Flow;
  layout: Layout;
  lit: boolean;
  /** The gradient is on its way back. */
  back: boolean;
}

function FlowLine({ flow, layout, lit, back }: FlowLineProps) {
  const drawn = layout.flows[flowKey(flow)];
  if (drawn === undefined) return null;
  const points = back ? drawn.points.toReversed() : drawn.points;
  const [tip, before] = [points.at(-1)!, points.at(-2)!];
  const angle = (Math.atan2(tip[1] - before[1], tip[0] - before[0]) * 180) / Math.PI;
  return (
    <g className={classes.flow} data-lit={lit} data-back={back} data-gradient={flow.gradient}>
      <polyline points={points.map((point) => point.join()).join(' ')} />
      <path d="M0 0L-6 -3.5V3.5Z" transform={`translate(${tip.join()}) rotate(${angle})`} />
      {drawn.name && flow.name && (
        <text x={drawn.name[0]} y={drawn.name[1]}>
          {flow.name}
        </text>
      )}
    </g>
  );
}
