import { presets } from '../../engine/recipe/presets.ts';
import { choosePreset } from '../../store/engine/choose-preset.ts';
import { loadPair } from '../../store/engine/load-pair.ts';
import { copyLink } from '../../store/address/link.ts';
import { isActive } from '../../store/slices/run-slice.ts';
import type { Store } from '../../store/store.ts';
import { pause, resume, run, step, stop } from '../../store/run/controls.ts';
import { shows } from '../../store/slices/view-slice.ts';
import { centreViews } from '../frame/centre.tsx';
import { runBlocker } from '../run-bar/run-blocker.ts';

export interface Command {
  id: string;
  group: string;
  label: string;
  /** More words to find it by, or what it does. */
  description?: string;
  run(): void;
}

export interface ColourScheme {
  scheme: 'light' | 'dark';
  set(scheme: 'light' | 'dark'): void;
}

/** Everything that can be done right now, by name; what a button would refuse is not in it. Both palette and keys run these. */
export function commandsFor(state: Store, colours: ColourScheme): Command[] {
  return [
    ...runCommands(state),
    ...readingCommands(state),
    ...viewCommands(state, colours),
    ...recipeCommands(state),
  ];
}

function runCommands(state: Store): Command[] {
  const group = 'Run';
  const { replay } = state;
  if (replay !== undefined)
    return some([
      replay.timer !== undefined
        ? { id: 'pause', group, label: 'Pause the recorded run', run: () => void withReplay('hold') }
        : { id: 'resume', group, label: 'Play the recorded run', run: () => void withReplay('play') },
      runBlocker(state) === undefined && { id: 'run', group, label: 'Run', run: () => void run() },
    ]);
  const { phase } = state.run;
  const active = isActive(phase);
  const stepping = phase === 'running' || phase === 'paused';
  return some([
    !active && runBlocker(state) === undefined && { id: 'run', group, label: 'Run', run: () => void run() },
    phase === 'running' && { id: 'pause', group, label: 'Pause', run: pause },
    phase === 'paused' && { id: 'resume', group, label: 'Resume', run: resume },
    stepping && { id: 'step', group, label: 'One step, then pause', run: step },
    active && { id: 'stop', group, label: 'Stop the run', run: stop },
  ]);
}

function readingCommands(state: Store): Command[] {
  const group = 'Learn and share';
  const embedded = state.view === 'embed';
  return some([
    !embedded && {
      id: 'learn',
      group,
      label: state.learnOpen ? 'Close the explanation' : 'Read along: how this works',
      run: () => state.setLearnOpen(!state.learnOpen),
    },
    !embedded && { id: 'tour', group, label: 'Take the tour of the page', run: () => state.setTouring(true) },
    { id: 'measured', group, label: 'What we measured', run: () => state.setMeasuredOpen(true) },
    { id: 'copy-link', group, label: 'Copy the link to this recipe', run: () => void copyLink() },
    !isActive(state.run.phase) && {
      id: 'open-run',
      group,
      label: 'Open a run from a file',
      run: () => void import('../share/choose-run.ts').then(({ chooseRun }) => chooseRun()),
    },
    !isActive(state.run.phase) && {
      id: 'play-recorded',
      group,
      label: 'Play a recorded run',
      run: () => void import('../../store/run/open-run.ts').then(({ playRecorded }) => playRecorded()),
    },
    { id: 'keys', group, label: 'Show the keys', run: () => state.setKeysOpen(true) },
  ]);
}

function viewCommands(state: Store, { scheme, set }: ColourScheme): Command[] {
  const group = 'View';
  const projecting = state.view === 'projector';
  const curves = shows(state, 'curves');
  const other = scheme === 'dark' ? 'light' : 'dark';
  return some([
    state.view !== 'embed' && {
      id: 'projector',
      group,
      label: projecting ? 'Leave projector mode' : 'Projector mode',
      description: 'Larger type, no recipe',
      run: () => state.setView(projecting ? 'full' : 'projector'),
    },
    { id: 'colours', group, label: `Use the ${other} colour scheme`, run: () => set(other) },
    ...(curves && centreViews.length > 1
      ? centreViews.map(({ value, label }, i) => ({
          id: `centre-${i + 1}`,
          group,
          label: `Show the ${label}`,
          run: () => state.setCentre(value),
        }))
      : []),
    curves && {
      id: 'log-axes',
      group,
      label: state.curves.logValues ? 'Linear loss axes' : 'Logarithmic loss axes',
      run: () => state.setCurves({ logValues: !state.curves.logValues }),
    },
    curves && {
      id: 'smoothing',
      group,
      label: state.curves.smoothing === 0 ? 'Smooth the curves' : 'Curves without smoothing',
      run: () => state.setCurves({ smoothing: state.curves.smoothing === 0 ? 0.6 : 0 }),
    },
    shows(state, 'answers') &&
      (state.explain === 'answers'
        ? { id: 'inside', group, label: 'Look inside: why it works', run: () => state.setExplain('inside') }
        : { id: 'inside', group, label: 'Show the answers', run: () => state.setExplain('answers') }),
  ]);
}

function recipeCommands(state: Store): Command[] {
  const loading = state.load.status === 'loading';
  if (isActive(state.run.phase)) return [];
  return [
    ...presets
      .filter(({ key }) => key !== state.preset)
      .map(({ key, label, why, badOnPurpose }) => ({
        id: `preset-${key}`,
        group: badOnPurpose ? 'Presets that are bad on purpose' : 'Presets',
        label: `Preset: ${label}`,
        description: why,
        run: () => choosePreset(key),
      })),
    ...state.pairs
      .filter(({ key }) => key !== state.draft.pair && !loading && state.device.status === 'ready')
      .map(({ key, label, about }) => ({
        id: `pair-${key}`,
        group: 'Pairs',
        label: `Pair: ${label}`,
        description: about,
        run: () => void loadPair(key),
      })),
  ];
}

/** Records are read when somebody wants one. */
async function withReplay(wish: 'hold' | 'play'): Promise<void> {
  const replay = await import('../../store/run/replay.ts');
  replay[wish]();
}

function some(commands: readonly (Command | false)[]): Command[] {
  return commands.filter((command) => command !== false);
}
