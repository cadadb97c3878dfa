import { named, withBlind } from '../../engine/recipe/arms.ts';
import type { RunRecord } from '../../engine/run/record.ts';
import type { Store } from '../store.ts';

/** A record of the run that is shown, with the names that the page shows. */
export function asRevealed(record: RunRecord, { run }: Pick<Store, 'run'>): RunRecord {
  if (record.recipe.blind !== true || run.recipe === undefined || run.recipe.blind === true) return record;
  const recipe = withBlind(record.recipe, false);
  return {
    ...record,
    recipe,
    events: record.events.map(({ at, event }) => {
      if (event.type !== 'done') return { at, event };
      const { final } = event;
      return { at, event: { ...event, final: { ...final, arms: named(final.arms, recipe) } } };
    }),
  };
}
