import { memo } from 'react';
import type { PanelItem } from '../../engine/run/events.ts';
import { lookInto } from '../../store/engine/questions.ts';
import { Answer } from './answer.tsx';
import { shownQuestion } from './shown-question.ts';
import { Picture } from './picture.tsx';
import classes from './side-by-side.module.css';

interface CardProps {
  item: PanelItem;
  /** “previous” is what the same student said the time before. */
  nowLabel: string;
  now: string;
  nowPrevious: string | undefined;
  controlLabel: string | undefined;
  controlColor: string | undefined;
  control: string;
  controlPrevious: string | undefined;
}

/** One held-out question with everyone's answer; opens the look into it. */
export const Card = memo(function Card(props: CardProps) {
  const { item, nowLabel, now, nowPrevious, controlLabel, controlColor, control, controlPrevious } = props;
  const { question, reference, picture, teacher, studentBefore } = item;
  return (
    <li className={classes.card}>
      {picture && <Picture pixels={picture} label={`Picture: ${reference}`} className={classes.picture} />}
      <div className={classes.text}>
        <button
          type="button"
          className={classes.question}
          title="Look inside these answers, token by token"
          onClick={() => lookInto(shownQuestion(item))}
        >
          {question} <span>{reference}</span>
        </button>
        <dl className={classes.answers}>
          <Answer who="teacher" label="Teacher" text={teacher} reference={reference} />
          <Answer who="before" label="Student before" text={studentBefore} reference={reference} />
          {controlLabel !== undefined && (
            <Answer
              who="control"
              label={controlLabel}
              color={controlColor}
              text={control}
              reference={reference}
              previous={controlPrevious}
            />
          )}
          <Answer who="now" label={nowLabel} text={now} reference={reference} previous={nowPrevious} />
        </dl>
      </div>
    </li>
  );
});
