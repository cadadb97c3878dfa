import { Check, X } from 'lucide-react';
import { isExactMatch } from '../../engine/evaluate/score.ts';
import { mainArm } from '../../engine/recipe/arms.ts';
import { lookInto } from '../../store/engine/questions.ts';
import { shownQuestion } from '../side-by-side/shown-question.ts';
import { useStore } from '../../store/store.ts';
import { Picture } from '../side-by-side/picture.tsx';
import type { AskedItem } from '../side-by-side/use-asked.ts';
import classes from './pictures.module.css';

/** One question, large: the picture, if it is about one, and what teacher, student before and student now say of it. */
export function Closeup({ asked: { item, now, previous } }: { asked: AskedItem }) {
  const { id, picture, question, reference, teacher, studentBefore } = item;
  const name = useStore(({ run }) => run.arms.find(({ key }) => key === mainArm)?.label);
  const looked = useStore(({ answers, lookedAt }) =>
    lookedAt === 'latest' ? undefined : (answers[lookedAt - 1]?.step ?? 0),
  );
  return (
    <section className={classes.closeup} aria-label={picture ? 'One picture' : 'One question'}>
      {picture && (
        <Picture key={id} pixels={picture} label={`Picture: ${reference}`} className={classes.picture} />
      )}
      <button
        type="button"
        className={classes.question}
        title="Look inside these answers, token by token"
        onClick={() => lookInto(shownQuestion(item))}
      >
        <span>{question}</span> <span className={classes.reference}>{reference}</span>
      </button>
      <dl className={classes.bubbles}>
        <Bubble who="teacher" label="Teacher" text={teacher} reference={reference} />
        <Bubble who="before" label="Student before" text={studentBefore} reference={reference} />
        <Bubble
          // What has just been said lights up, once.
          key={`${id} ${now}`}
          who="now"
          label={[looked === undefined ? 'Student now' : `Student at step ${looked}`, name]
            .filter((part) => part !== undefined)
            .join(' · ')}
          text={now}
          reference={reference}
          previous={previous}
        />
      </dl>
    </section>
  );
}

interface BubbleProps {
  who: 'teacher' | 'before' | 'now';
  label: string;
  text: string;
  reference: string;
  previous?: string;
}

/** What one of them says; an answer that has just changed lights up once. */
function Bubble({ who, label, text, reference, previous }: BubbleProps) {
  const right = isExactMatch(text, reference);
  const changed = previous !== undefined && previous !== text;
  return (
    <div className={classes.bubble} data-who={who} data-right={right} data-changed={changed}>
      <dt>{label}</dt>
      <dd title={text}>
        {right ? <Check size={16} aria-label="right" /> : <X size={16} aria-label="wrong" />}
        <q>{text === '' ? '(nothing)' : text}</q>
      </dd>
    </div>
  );
}
