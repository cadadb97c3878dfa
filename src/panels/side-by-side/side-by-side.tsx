import { NativeSelect } from '@mantine/core';
import { Check, X } from 'lucide-react';
import { memo, useEffect, useRef, useState, type ReactNode } from 'react';
import type { PanelItem } from '../../engine/distill/events.ts';
import { mainArm } from '../../engine/recipe/arms.ts';
import { useStore } from '../../store/store.ts';
import { Panel } from '../panel.tsx';
import classes from './side-by-side.module.css';

/** Held-out pictures with the answers of the teacher, the untouched student and the student as it is now. */
export function SideBySide({ aside }: { aside: ReactNode }) {
  const preparing = useStore((state) => state.run.phase === 'preparing');
  const style = useStore(({ run, draft }) =>
    (run.recipe ?? draft).evaluation.split === 'held-out-style' ? 'held-out style' : 'validation style',
  );
  const panel = useStore((state) => state.panel);
  const answers = useStore((state) => state.answers);
  const arms = useStore((state) => state.run.arms);
  const controls = arms.filter(({ key }) => key !== mainArm);
  const [chosen, setChosen] = useState<string | null>(null);
  const control = controls.find(({ key }) => key === chosen) ?? controls[0];
  return (
    <Panel title="Side by side" className={classes.panel} aside={aside}>
      {panel.length > 0 && (
        <p className={classes.caption}>
          {style} · student at step {answers.step}
          {controls.length > 1 && (
            <NativeSelect
              size="xs"
              variant="unstyled"
              aria-label="Compare with"
              value={control?.key}
              data={controls.map(({ key, label }) => ({ value: key, label }))}
              onChange={(event) => setChosen(event.currentTarget.value)}
            />
          )}
        </p>
      )}
      {panel.length === 0 ? (
        <p className={classes.empty}>
          {preparing
            ? 'Both models are answering questions about pictures in a drawing style that neither was trained on…'
            : 'Press Run: both models first answer questions about pictures in a drawing style that neither was trained on. Then you see the student’s answers change while it learns.'}
        </p>
      ) : (
        <ul className={classes.cards}>
          {panel.map((item) => (
            <Card
              key={item.id}
              item={item}
              now={answers.byArm[mainArm]?.[item.id]}
              controlLabel={control?.label}
              control={control && answers.byArm[control.key]?.[item.id]}
            />
          ))}
        </ul>
      )}
    </Panel>
  );
}

interface CardProps {
  item: PanelItem;
  now: string | undefined;
  controlLabel: string | undefined;
  control: string | undefined;
}

const Card = memo(function Card({ item, now, controlLabel, control }: CardProps) {
  const { reference, studentBefore } = item;
  return (
    <li className={classes.card}>
      <Picture item={item} />
      <div className={classes.text}>
        <p className={classes.question}>
          {item.question} <span>{item.reference}</span>
        </p>
        <dl className={classes.answers}>
          <Answer who="teacher" label="Teacher" text={item.teacher} reference={reference} />
          <Answer who="before" label="Student before" text={studentBefore} reference={reference} />
          {controlLabel !== undefined && (
            <Answer
              who="control"
              label={controlLabel}
              text={control ?? studentBefore}
              reference={reference}
            />
          )}
          <Answer who="now" label="Student now" text={now ?? studentBefore} reference={reference} />
        </dl>
      </div>
    </li>
  );
});

interface AnswerProps {
  who: 'teacher' | 'before' | 'control' | 'now';
  label: string;
  text: string;
  reference: string;
}

function Answer({ who, label, text, reference }: AnswerProps) {
  const right = canonical(text) === canonical(reference);
  return (
    <div className={classes.answer} data-who={who}>
      <dt title={label}>{label}</dt>
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
