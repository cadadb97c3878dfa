import { Switch } from '@mantine/core';
import type { AnswersAt } from '../../store/slices/answers-slice.ts';
import classes from './side-by-side.module.css';

/** Goes through everything the students have said in this run; “latest” follows the run. */
export function Scrubber(props: {
  answers: readonly AnswersAt[];
  lookedAt: number | 'latest';
  onLookAt: (value: number | 'latest') => void;
}) {
  const { answers, lookedAt, onLookAt } = props;
  const position = lookedAt === 'latest' ? answers.length : lookedAt;
  return (
    <div className={classes.scrubber}>
      <input
        type="range"
        aria-label="Answers after step"
        aria-valuetext={stepName(answers, position)}
        min={0}
        max={Math.max(answers.length, 1)}
        step={1}
        value={position}
        disabled={answers.length === 0}
        onChange={(event) => onLookAt(Number(event.currentTarget.value))}
      />
      <Switch
        size="xs"
        label="latest"
        checked={lookedAt === 'latest'}
        onChange={(event) => onLookAt(event.currentTarget.checked ? 'latest' : position)}
      />
    </div>
  );
}

/** “before training” or “step 120”. */
export function stepName(answers: readonly AnswersAt[], position: number): string {
  const at = answers[position - 1];
  return at === undefined ? 'before training' : `step ${at.step}`;
}
