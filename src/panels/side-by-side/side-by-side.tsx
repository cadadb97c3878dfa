import { Check, X } from 'lucide-react';
import { memo, useEffect, useRef } from 'react';
import type { PanelItem } from '../../engine/distill/events.ts';
import { useStore } from '../../store/store.ts';
import { Panel } from '../panel.tsx';
import classes from './side-by-side.module.css';

/** Held-out pictures with the answers of the teacher, the untouched student and the student as it is now. */
export function SideBySide() {
  const preparing = useStore((state) => state.run.phase === 'preparing');
  const style = useStore(({ run, draft }) =>
    (run.recipe ?? draft).evaluation.split === 'held-out-style' ? 'held-out style' : 'validation style',
  );
  const panel = useStore((state) => state.panel);
  const answers = useStore((state) => state.answers);
  return (
    <Panel
      title="Side by side"
      className={classes.panel}
      aside={
        <span className={classes.aside}>
          {style}
          {panel.length > 0 && ` · student at step ${answers.step}`}
        </span>
      }
    >
      {panel.length === 0 ? (
        <p className={classes.empty}>
          {preparing
            ? 'Both models are answering questions about pictures in a drawing style that neither was trained on…'
            : 'Press Run: both models first answer questions about pictures in a drawing style that neither was trained on. Then you see the student’s answers change while it learns.'}
        </p>
      ) : (
        <ul className={classes.cards}>
          {panel.map((item) => (
            <Card key={item.id} item={item} now={answers.byId[item.id]} />
          ))}
        </ul>
      )}
    </Panel>
  );
}

const Card = memo(function Card({ item, now }: { item: PanelItem; now: string | undefined }) {
  return (
    <li className={classes.card}>
      <Picture item={item} />
      <div className={classes.text}>
        <p className={classes.question}>
          {item.question} <span>{item.reference}</span>
        </p>
        <dl className={classes.answers}>
          <Answer who="teacher" text={item.teacher} reference={item.reference} />
          <Answer who="before" text={item.studentBefore} reference={item.reference} />
          <Answer who="now" text={now ?? item.studentBefore} reference={item.reference} />
        </dl>
      </div>
    </li>
  );
});

const labels = { teacher: 'Teacher', before: 'Student before', now: 'Student now' } as const;

function Answer({ who, text, reference }: { who: keyof typeof labels; text: string; reference: string }) {
  const right = canonical(text) === canonical(reference);
  return (
    <div className={classes.answer} data-who={who}>
      <dt>{labels[who]}</dt>
      <dd data-right={right}>
        {right ? <Check size={13} aria-label="right" /> : <X size={13} aria-label="wrong" />}
        {text === '' ? '(nothing)' : text}
      </dd>
    </div>
  );
}

/** Mirrors the engine's exact match: case and the final stop aside. */
function canonical(text: string): string {
  return text
    .trim()
    .toLowerCase()
    .replace(/\s*\.$/, '');
}

function Picture({ item }: { item: PanelItem }) {
  const ref = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    ref.current?.getContext('2d')?.putImageData(new ImageData(item.picture, 64, 64), 0, 0);
  }, [item]);
  return (
    <canvas
      ref={ref}
      width={64}
      height={64}
      className={classes.picture}
      role="img"
      aria-label={`Picture: ${item.reference}`}
    />
  );
}
