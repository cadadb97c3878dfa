import { isActive } from '../slices/run-slice.ts';
import { useStore } from '../store.ts';
import { begin } from './begin.ts';
import { step } from './controls.ts';

/**
 * Makes one training step and comes to rest after it; where no run is going on, one is started and rests after its first step.
 * @returns the step's number, when its losses are in the store; undefined where the run ended without it.
 */
export function singleStep(): Promise<number | undefined> {
  const { phase, step: before } = useStore.getState().run;
  const fresh = !isActive(phase);
  const from = fresh ? 0 : before;
  return new Promise((resolve) => {
    let asked = false;
    const ask = () => {
      asked = true;
      step();
    };
    const unsubscribe = useStore.subscribe(({ run: now }) => {
      // The engine has begun: it takes requests, long before the first step.
      if (!asked && isActive(now.phase) && now.totalSteps > 0) ask();
      const rests = now.phase === 'paused' && now.step > from;
      if (!rests && isActive(now.phase)) return;
      unsubscribe();
      resolve(now.step > from ? now.step : undefined);
    });
    if (fresh) void begin();
    else if (phase !== 'preparing') ask();
  });
}
