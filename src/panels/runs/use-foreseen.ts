import { useEffect, useState } from 'react';
import type { Recipe } from '../../engine/recipe/recipe.ts';
import type { SweepRun } from '../../engine/sweep/runs.ts';
import { sweepRuns } from '../../store/run/sweep.ts';

/** ms after the last change of a plan before it is foreseen what it takes. */
const patience = 400;

/** The runs that would train these settings; undefined until that is known. */
export function useForeseen(settings: readonly Recipe[] | undefined): readonly SweepRun[] | undefined {
  const [found, setFound] = useState<{ settings: readonly Recipe[]; runs: readonly SweepRun[] }>();
  useEffect(() => {
    if (settings === undefined) return undefined;
    let wanted = true;
    const timer = setTimeout(() => {
      void sweepRuns(settings).then((runs) => {
        if (wanted) setFound({ settings, runs });
      });
    }, patience);
    return () => {
      wanted = false;
      clearTimeout(timer);
    };
  }, [settings]);
  return found !== undefined && found.settings === settings ? found.runs : undefined;
}
