import { NativeSelect } from '@mantine/core';
import { useState } from 'react';
import { mainArm } from '../../engine/recipe/arms.ts';
import { splitNames } from '../../engine/recipe/splits.ts';
import { saidAt } from '../../store/slices/answers-slice.ts';
import { useStore } from '../../store/store.ts';
import { Card } from './card.tsx';
import { Scrubber, stepName } from './scrubber.tsx';
import classes from './side-by-side.module.css';

/** The panel's questions, and the way back through what was answered. */
export default function Cards() {
  const split = useStore(({ run, draft }) => (run.recipe ?? draft).evaluation.split);
  const panel = useStore((state) => state.panel);
  const answers = useStore((state) => state.answers);
  const lookedAt = useStore((state) => state.lookedAt);
  const setLookedAt = useStore((state) => state.setLookedAt);
  const arms = useStore((state) => state.run.arms);
  const controls = arms.filter(({ key }) => key !== mainArm);
  const [chosen, setChosen] = useState<string | null>(null);
  const control = controls.find(({ key }) => key === chosen) ?? controls[0];
  const position = lookedAt === 'latest' ? answers.length : lookedAt;
  const step = answers[position - 1]?.step ?? 0;
  return (
    <>
      <div className={classes.caption}>
        <p>
          {splitNames[split]} · {stepName(answers, position)}
        </p>
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
      </div>
      <Scrubber answers={answers} lookedAt={lookedAt} onLookAt={setLookedAt} />
      <ul className={classes.cards}>
        {panel.map((item) => {
          const said = (arm: string, at: number) => saidAt(answers, at, arm, item.id) ?? item.studentBefore;
          const previous = (arm: string) => (position === 0 ? undefined : said(arm, position - 1));
          return (
            <Card
              key={item.id}
              item={item}
              nowLabel={lookedAt === 'latest' ? 'Student now' : `Student at ${step}`}
              now={said(mainArm, position)}
              nowPrevious={previous(mainArm)}
              controlLabel={control?.label}
              control={said(control?.key ?? mainArm, position)}
              controlPrevious={previous(control?.key ?? mainArm)}
            />
          );
        })}
      </ul>
    </>
  );
}
