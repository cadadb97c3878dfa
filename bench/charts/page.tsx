import '@fontsource-variable/inter/index.css';
import '@mantine/core/styles.css';
import '../../src/styles/base.css';
import { MantineProvider } from '@mantine/core';
import { createRoot } from 'react-dom/client';
import { mainArm } from '../../src/engine/recipe/arms.ts';
import { App } from '../../src/panels/frame/app.tsx';
import { applyEvent } from '../../src/store/run/apply-event.ts';
import { idleRun } from '../../src/store/slices/run-slice.ts';
import { useStore } from '../../src/store/store.ts';
import { armKeys, evaluationEvents, metricsEvent, noisySteps, startEvent, totalSteps } from './events.ts';
import type { TrainEvent } from '../../src/engine/run/events.ts';

declare global {
  interface Window {
    prepare: (past: number) => void;
    stream: (seconds: number, stepsPerSecond: number) => Promise<Smoothness>;
  }
}

/** What the page itself sees while events stream. */
export interface Smoothness {
  /** ms between animation frames. */
  frames: number[];
  /** Tasks over 50 ms, by the browser's own count, ms. */
  longTasks: number[];
  layoutShift: number;
}

let step = 0;
/** As if every step took 50 ms. */
const apply = (event: TrainEvent) => useStore.setState(applyEvent(useStore.getState(), event, 50 * step));

createRoot(document.getElementById('root')!).render(
  <MantineProvider defaultColorScheme="light">
    <App />
  </MantineProvider>,
);

/** A run that already has `past` steps, with two earlier runs behind it. */
window.prepare = (past) => {
  useStore.setState({
    centre: 'curves',
    run: { ...idleRun, phase: 'running' },
    overlays: [1, 2].map((n) => ({
      id: `${n}`,
      name: `run ${n}`,
      seeds: 1,
      steps: noisySteps(1, totalSteps, [mainArm], n),
      evaluations: [],
      readings: [],
    })),
  });
  apply(startEvent(useStore.getState().draft));
  for (const event of evaluationEvents(0)) apply(event);
  apply({ type: 'stage', stage: 'distil', step: 1 });
  apply(metricsEvent(noisySteps(1, past, armKeys)));
  for (let at = 60; at <= past; at += 60) for (const event of evaluationEvents(at)) apply(event);
  step = past;
};

/** Events as a worker sends them, each in a task of its own: a step count per step, numbers every fifth, evaluations every sixtieth. */
window.stream = async (seconds, stepsPerSecond) => {
  const longTasks: number[] = [];
  let layoutShift = 0;
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries())
      if (entry.entryType === 'longtask') longTasks.push(entry.duration);
      else layoutShift += (entry as PerformanceEntry & { value: number }).value;
  });
  observer.observe({ type: 'longtask' });
  observer.observe({ type: 'layout-shift' });
  const frames: number[] = [];
  let last = performance.now();
  let frame = requestAnimationFrame(function next(now) {
    frames.push(now - last);
    last = now;
    frame = requestAnimationFrame(next);
  });
  const start = performance.now();
  const first = step;
  while (performance.now() - start < seconds * 1000) {
    await new Promise((resolve) => setTimeout(resolve, 1000 / stepsPerSecond / 2));
    const due = first + Math.floor(((performance.now() - start) / 1000) * stepsPerSecond);
    while (step < due) {
      step++;
      // The page joins bursts of step counts to five a second.
      if (step % Math.ceil(stepsPerSecond / 5) === 0) apply({ type: 'step', step, stage: 'distil' });
      if (step % 5 === 0) apply(metricsEvent(noisySteps(step - 4, step, armKeys)));
      if (step % 60 === 0) for (const event of evaluationEvents(step)) apply(event);
    }
  }
  cancelAnimationFrame(frame);
  observer.disconnect();
  return { frames: frames.slice(1), longTasks, layoutShift };
};
