import { useEffect, useMemo } from 'react';
import { meanOfScores, seedScores } from '../../engine/evaluate/over-seeds.ts';
import type { RunSummary } from '../../engine/run/events.ts';
import type { RunState } from '../../store/slices/run-slice.ts';
import { useStore } from '../../store/store.ts';
import { gainOf } from '../result/verdict.ts';

const page = 'GenRecal Playground';

/** Keeps the tab's title in step with the run that goes on, for whoever looks at another tab; shows nothing itself. */
export default function TabTitle() {
  const run = useStore((state) => state.run);
  const replayed = useStore((state) => state.replay !== undefined);
  const outcome = useMemo(() => run.summary && outcomeOf(run.summary), [run.summary]);
  const title = [replayed ? undefined : (outcome ?? progressOf(run)), page]
    .filter((part) => part !== undefined)
    .join(' · ');
  useEffect(() => {
    document.title = title;
  }, [title]);
  return null;
}

/** Where a run is, in a word or two; undefined where none goes on. */
export function progressOf({
  phase,
  step,
  totalSteps,
}: Pick<RunState, 'phase' | 'step' | 'totalSteps'>): string | undefined {
  const percent = `${Math.floor((100 * step) / Math.max(1, totalSteps))} %`;
  switch (phase) {
    case 'preparing':
      return 'Preparing';
    case 'running':
      return percent;
    case 'paused':
      return `Paused at ${percent}`;
    case 'stopped':
      return `Stopped at ${percent}`;
    case 'failed':
      return `Failed at ${percent}`;
    default:
      return undefined;
  }
}

/** What a run came to: “Improved, 24 → 58 %”. */
export function outcomeOf(summary: RunSummary): string {
  const { before, arms } = summary;
  const after = seedScores(arms[0]!);
  const percent = (share: number) => Math.round(100 * share);
  const verdict = gainOf(summary).sign === 'better' ? 'Improved' : 'Not improved';
  return `${verdict}, ${percent(before.exactMatch)} → ${percent(meanOfScores(after).exactMatch)} %`;
}
