import { Chip, Tooltip } from '@mantine/core';
import { comparisons } from '../../engine/recipe/comparisons.ts';
import { objectiveKeys, objectives } from '../../engine/recipe/objectives.ts';
import { useStore } from '../../store/store.ts';
import classes from './recipe-panel.module.css';

/** Which students are trained beside the recipe's own: the known comparisons, and whatever else a preset or file brought. */
export function ArmChoice({ id, disabled }: { id: string; disabled: boolean }) {
  const arms = useStore((state) => state.draft.arms);
  const setField = useStore((state) => state.setField);
  const oneTokenizer = useStore(({ pairs, draft }) => {
    const pair = pairs.find(({ key }) => key === draft.pair);
    return pair === undefined || pair.teacher.tokenizer === pair.student.tokenizer;
  });
  const foreign = arms.filter((arm) => !comparisons.some(({ key }) => key === arm.key));
  const offered = [...comparisons, ...foreign.map((arm) => ({ ...arm, why: 'From the preset or file.' }))];
  return (
    <Chip.Group
      multiple
      value={arms.map(({ key }) => key)}
      onChange={(chosen) =>
        setField(
          'arms',
          offered.flatMap(({ key, label, change }) =>
            chosen.includes(key) ? [arms.find((arm) => arm.key === key) ?? { key, label, change }] : [],
          ),
        )
      }
    >
      <div className={classes.chips} role="group" aria-labelledby={id}>
        {offered.map(({ key, label, why, change }) => {
          const impossible =
            !oneTokenizer &&
            objectiveKeys.some((known) => known === change.objective && objectives[known].oneTokenizer);
          // A chosen one can always be taken away again.
          const refused = impossible && !arms.some((arm) => arm.key === key);
          return (
            <Tooltip
              key={key}
              label={impossible ? `${why} This pair has two.` : why}
              multiline
              w={260}
              openDelay={300}
            >
              <Chip value={key} size="xs" disabled={disabled || refused}>
                {label}
              </Chip>
            </Tooltip>
          );
        })}
      </div>
    </Chip.Group>
  );
}
