import { isActive } from '../../store/slices/run-slice.ts';
import { shows } from '../../store/slices/view-slice.ts';
import { useStore, type Store } from '../../store/store.ts';
import { pause, resume, run, step, stop } from '../../store/run/controls.ts';
import { runBlocker } from '../run-bar/run-blocker.ts';
import { some, type Command } from './command.ts';

/** What can be done with the run, or with the record that plays in its place. */
export function runCommands(state: Store): Command[] {
  const group = 'Run';
  const { replay } = state;
  if (replay !== undefined)
    return some([
      replay.timer !== undefined
        ? { id: 'pause', group, label: 'Pause the recorded run', run: () => void withReplay('hold') }
        : {
            id: 'resume',
            group,
            label: replay.at >= replay.length ? 'Play it again' : 'Play the recorded run',
            run: () => void withReplay('play'),
          },
      runBlocker(state) === undefined && { id: 'run', group, label: 'Run', run: () => void run() },
    ]);
  const { phase } = state.run;
  const active = isActive(phase);
  const ready = !active && runBlocker(state) === undefined;
  const stepping = phase === 'running' || phase === 'paused';
  // The drawing would tell what a class is to guess.
  const hidden = (active ? state.run.recipe : state.draft)?.blind === true;
  return some([
    ready && { id: 'run', group, label: 'Run', run: () => void run() },
    phase === 'running' && { id: 'pause', group, label: 'Pause', run: pause },
    phase === 'paused' && { id: 'resume', group, label: 'Resume', run: resume },
    stepping && { id: 'step', group, label: 'One step, then pause', run: step },
    shows(state, 'curves') &&
      !hidden &&
      (stepping || ready) && {
        id: 'slow-step',
        group,
        label: 'A step in slow motion',
        description: 'One real step, told part by part in the drawing of both models',
        run: () => useStore.setState({ centre: 'model', wish: 'slow step' }),
      },
    active && { id: 'stop', group, label: 'Stop the run', run: stop },
    shows(state, 'curves') &&
      !active && {
        id: 'sweep',
        group,
        label: 'Sweep: run again and again with other settings',
        run: () => useStore.setState({ centre: 'runs', wish: 'sweep' }),
      },
  ]);
}

/** Records are read when somebody wants one. */
async function withReplay(wish: 'hold' | 'play'): Promise<void> {
  const replay = await import('../../store/run/replay.ts');
  replay[wish]();
}
