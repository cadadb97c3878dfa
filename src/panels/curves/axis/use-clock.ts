import { useMemo } from 'react';
import { useStore } from '../../../store/store.ts';
import { Clock } from './clock.ts';

/** Of the run that is shown, where charts are drawn over time; undefined where they are over steps. */
export function useClock(): Clock | undefined {
  const time = useStore((state) => state.curves.time);
  const readings = useStore((state) => state.metrics.readings);
  return useMemo(() => (time ? new Clock(readings) : undefined), [time, readings]);
}
