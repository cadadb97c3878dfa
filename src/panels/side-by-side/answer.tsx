import { Check, CircleCheckBig, X } from 'lucide-react';
import { isExactMatch } from '../../engine/evaluate/score.ts';
import classes from './side-by-side.module.css';

interface AnswerProps {
  who: 'teacher' | 'before' | 'control' | 'now';
  label: string;
  /** Of a control arm, the one it has everywhere. */
  color?: string;
  text: string;
  /** The right answer, where one is known. */
  reference?: string;
  /** What the same student said the time before; absent where nothing came before. */
  previous?: string;
  /** The model is still speaking. */
  speaking?: boolean;
}

/** What one model says, right or wrong; an answer that has just changed lights up once. */
export function Answer({ who, label, color, text, reference, previous, speaking = false }: AnswerProps) {
  const right = reference === undefined ? undefined : isExactMatch(text, reference);
  const changed = previous !== undefined && previous !== text;
  const becameRight = changed && right === true && !isExactMatch(previous, reference!);
  return (
    <div className={classes.answer} data-who={who}>
      <dt title={label} style={{ color }}>
        {label}
      </dt>
      <dd key={changed ? text : undefined} data-right={right} data-changed={changed} data-speaking={speaking}>
        {becameRight ? (
          <CircleCheckBig size={13} aria-label="right now, wrong before" />
        ) : right === true ? (
          <Check size={13} aria-label="right" />
        ) : (
          right === false && <X size={13} aria-label="wrong" />
        )}
        <span title={text}>{text === '' && !speaking ? '(nothing)' : text}</span>
      </dd>
    </div>
  );
}
