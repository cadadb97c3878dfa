import { NativeSelect, UnstyledButton } from '@mantine/core';
import type { Arm } from '../../../engine/recipe/arms.ts';
import { useStore } from '../../../store/store.ts';
import classes from '../curves.module.css';

/** Shows how much more the recipe's own student answers right than the others, instead of everyone's accuracy. */
export function DifferenceButton({ pressed }: { pressed: boolean }) {
  const setCurves = useStore((state) => state.setCurves);
  return (
    <UnstyledButton
      className={classes.pill}
      aria-pressed={pressed}
      onClick={() => setCurves({ differences: !pressed })}
    >
      difference
    </UnstyledButton>
  );
}

/** Whose terms a chart shows, where several students have them. */
export function TermsOf({ arms, chosen }: { arms: readonly Arm[]; chosen: string }) {
  const setCurves = useStore((state) => state.setCurves);
  return (
    <NativeSelect
      className={classes.select}
      size="xs"
      variant="unstyled"
      aria-label="Terms of"
      value={chosen}
      data={arms.map(({ key, label }) => ({ value: key, label }))}
      onChange={(event) => setCurves({ termsOf: event.currentTarget.value })}
    />
  );
}
