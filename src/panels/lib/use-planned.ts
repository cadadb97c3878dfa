import { useMemo } from 'react';
import type { ArmReport } from '../../engine/run/events.ts';
import { stageSpans, type StageSpan } from '../../engine/method/stages.ts';
import { plannedArms } from '../../store/slices/run-slice.ts';
import { useStore } from '../../store/store.ts';

/** The students of the run that is shown, or those that the draft would train; the recipe's own first. */
export function useArms(): ArmReport[] {
  const reports = useStore((state) => state.run.arms);
  const draft = useStore((state) => state.draft);
  return useMemo(() => (reports.length > 0 ? reports : plannedArms(draft)), [reports, draft]);
}

/** The stages of the run that is shown, or those that the draft asks for. */
export function useStages(): StageSpan[] {
  const running = useStore((state) => state.run.stages);
  const draft = useStore((state) => state.draft.stages);
  return useMemo(() => (running.length > 0 ? running : stageSpans({ stages: draft })), [running, draft]);
}
