import { NativeSelect } from '@mantine/core';
import { useState } from 'react';
import { mainArm } from '../../engine/recipe/arms.ts';
import { splitNames } from '../../engine/recipe/splits.ts';
import type { PanelItem } from '../../engine/run/events.ts';
import { saidAt } from '../../store/slices/answers-slice.ts';
import { useStore } from '../../store/store.ts';
import { Card } from './card.tsx';
import { byChange, changeOf, type Change } from './changes.ts';
import { Scrubber, stepName } from './scrubber.tsx';
import classes from './side-by-side.module.css';

/** What can be picked out of the cards, in words. */
const changes: readonly [Change, string][] = [
  ['gained', 'newly right'],
  ['lost', 'lost'],
];

function countOf(cards: readonly { change: Change }[], wanted: Change): number {
  return cards.filter(({ change }) => change === wanted).length;
}

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
  const over = useStore((state) => state.run.phase === 'done');
  const [only, setOnly] = useState<Change | null>(null);
  const said = (arm: string, at: number, item: PanelItem) =>
    saidAt(answers, at, arm, item.id) ?? item.studentBefore;
  const cards = panel.map((item) => ({ item, change: changeOf(item, said(mainArm, position, item)) }));
  // While a run goes on, cards stay where they are.
  const shown = (over ? byChange(cards) : cards).filter(({ change }) => only === null || change === only);
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
      <div className={classes.filters} role="group" aria-label="Show only">
        {/* There from the start: nothing moves when something changes. */}
        {changes.map(([change, label]) => (
          <button
            key={change}
            type="button"
            data-change={change}
            aria-pressed={only === change}
            disabled={only !== change && countOf(cards, change) === 0}
            onClick={() => setOnly(only === change ? null : change)}
          >
            {countOf(cards, change)} {label}
          </button>
        ))}
      </div>
      <Scrubber answers={answers} lookedAt={lookedAt} onLookAt={setLookedAt} />
      <ul className={classes.cards}>
        {shown.map(({ item }) => {
          const previous = (arm: string) => (position === 0 ? undefined : said(arm, position - 1, item));
          return (
            <Card
              key={item.id}
              item={item}
              nowLabel={lookedAt === 'latest' ? 'Student now' : `Student at ${step}`}
              now={said(mainArm, position, item)}
              nowPrevious={previous(mainArm)}
              controlLabel={control?.label}
              control={said(control?.key ?? mainArm, position, item)}
              controlPrevious={previous(control?.key ?? mainArm)}
            />
          );
        })}
      </ul>
    </>
  );
}
