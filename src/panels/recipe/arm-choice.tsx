import { Chip, Tooltip } from '@mantine/core';
import { comparisons } from '../../engine/recipe/comparisons.ts';
import { useStore } from '../../store/store.ts';
import classes from './recipe-panel.module.css';

/** Which students are trained beside the recipe's own: the known comparisons, and whatever else a preset or file brought. */
export function ArmChoice({ id, disabled }: { id: string; disabled: boolean }) {
  const arms = useStore((state) => state.draft.arms);
  const setField = useStore((state) => state.setField);
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
        {offered.map(({ key, label, why }) => (
          <Tooltip key={key} label={why} multiline w={260} openDelay={300}>
            <Chip value={key} size="xs" disabled={disabled}>
              {label}
            </Chip>
          </Tooltip>
        ))}
      </div>
    </Chip.Group>
  );
}
