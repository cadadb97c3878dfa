import { Button, NativeSelect } from '@mantine/core';
import { useMemo, useState } from 'react';
import { mainArm } from '../../engine/recipe/arms.ts';
import { splitOf } from '../../engine/recipe/splits.ts';
import { saidAt } from '../../store/slices/answers-slice.ts';
import { useStore } from '../../store/store.ts';
import { scoreColor } from '../lib/arm-colors.ts';
import { Card } from './card.tsx';
import { byChange, type Change } from './changes.ts';
import { Scrubber, stepName } from './scrubber.tsx';
import { useAsked, type AskedItem } from './use-asked.ts';
import classes from './side-by-side.module.css';

/** As many as somebody scrolls through; the wall has them all. */
const few = 12;

/** What can be picked out of the cards, in words. */
const changes: readonly [Change, string][] = [
  ['gained', 'newly right'],
  ['lost', 'lost'],
];

/** The live questions, what changed first, and the way back through what was answered. */
export default function Cards() {
  const about = useStore(({ run, draft }) => splitOf(run.recipe ?? draft));
  const asked = useAsked();
  const answers = useStore((state) => state.answers);
  const lookedAt = useStore((state) => state.lookedAt);
  const setLookedAt = useStore((state) => state.setLookedAt);
  const arms = useStore((state) => state.run.arms);
  const own = arms.find(({ key }) => key === mainArm)?.label ?? 'Student now';
  const controls = arms.filter(({ key }) => key !== mainArm);
  const [chosen, setChosen] = useState<string | null>(null);
  const control = controls.find(({ key }) => key === chosen) ?? controls[0];
  const position = lookedAt === 'latest' ? answers.length : lookedAt;
  const [only, setOnly] = useState<Change | null>(null);
  const [all, setAll] = useState(false);
  const projecting = useStore((state) => state.view === 'projector');
  const countOf = (wanted: Change) => asked.filter(({ change }) => change === wanted).length;
  const shown = useMemo(
    () => byChange(asked).filter(({ change }) => only === null || change === only),
    [asked, only],
  );
  // Places stay where they are; what stands in them changes.
  const places = shown
    .slice(0, all || only !== null ? undefined : projecting ? 1 : few)
    .map((one, i) => ({ place: `place ${i}`, one }));
  const saidByControl = (at: number, { item }: AskedItem) =>
    saidAt(answers, at, control?.key ?? mainArm, item.id) ?? item.studentBefore;
  return (
    <>
      <div className={classes.caption}>
        <p>
          {about} · {stepName(answers, position)}
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
      <div className={classes.tools}>
        <div className={classes.filters} role="group" aria-label="Show only">
          {/* There from the start: nothing moves when something changes. */}
          {changes.map(([change, label]) => (
            <button
              key={change}
              type="button"
              data-change={change}
              aria-pressed={only === change}
              disabled={only !== change && countOf(change) === 0}
              onClick={() => setOnly(only === change ? null : change)}
            >
              {countOf(change)} {label}
            </button>
          ))}
        </div>
        <Scrubber answers={answers} lookedAt={lookedAt} onLookAt={setLookedAt} />
      </div>
      <ul className={classes.cards}>
        {places.map(({ place, one }) => (
          <Card
            key={place}
            item={one.item}
            nowLabel={own}
            now={one.now}
            nowPrevious={one.previous}
            controlLabel={control?.label}
            controlColor={control && scoreColor(control.key, arms)}
            control={saidByControl(position, one)}
            controlPrevious={position === 0 ? undefined : saidByControl(position - 1, one)}
          />
        ))}
      </ul>
      {!all && only === null && !projecting && shown.length > few && (
        <Button size="compact-xs" variant="default" onClick={() => setAll(true)}>
          Show all {shown.length}
        </Button>
      )}
    </>
  );
}
