import { presets } from '../../engine/recipe/presets.ts';
import { dataWord, isOfText } from '../../engine/recipe/splits.ts';
import { choosePreset } from '../../store/address/choose-preset.ts';
import { loadPair } from '../../store/engine/load-pair.ts';
import { copyLink } from '../../store/address/link.ts';
import { isActive } from '../../store/slices/run-slice.ts';
import { exportRuns, hasResult, runToSave, saveRun } from '../../store/files/run-files.ts';
import { saveForTorch } from '../../store/files/torch-file.ts';
import { useStore, type Store } from '../../store/store.ts';
import { shows } from '../../store/slices/view-slice.ts';
import { centreViews } from '../frame/centre.tsx';
import { presetNotes } from '../recipe/preset-notes.ts';
import { some, type Command } from './command.ts';
import { curveCommands } from './curve-commands.ts';
import { runCommands } from './run-commands.ts';

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
    ...keepingCommands(state, group),
    state.draft.blind === true
      ? { id: 'reveal', group, label: 'Reveal what is to be guessed', run: () => state.setSharing('reveal') }
      : {
          id: 'copy-blind',
          group,
          label: 'Copy a link that lets a class guess this recipe',
          run: () =>
            void import('../../store/address/room-link.ts').then(({ copyBlindLink }) => copyBlindLink()),
        },
    { id: 'qr', group, label: 'Show this recipe as a QR code', run: () => state.setSharing('qr') },
    hasResult(state) && {
      id: 'copy-result',
      group,
      label: 'Copy my result',
      description: 'As a line for the class table',
      run: () => void import('../../store/files/class-table.ts').then(({ copyResult }) => copyResult()),
    },
    state.run.arms.length > 0 && {
      id: 'card',
      group,
      label: 'Card of this run',
      description: 'One picture for a slide or a paper, as PNG or SVG',
      run: () => state.setSharing('card'),
    },
    {
      id: 'cite',
      group,
      label: 'Cite the method',
      description: 'BibTeX',
      run: () => state.setSharing('cite'),
    },
    {
      id: 'class',
      group,
      label: 'Class table',
      description: 'Results of many laptops in one plot',
      run: () => state.setSharing('class'),
    },
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

/** Of the run on the screen, and of all that are kept. */
function keepingCommands(state: Store, group: string): (Command | false)[] {
  const id = runToSave(state);
  const rows = state.runs ?? [];
  return [
    id !== undefined && {
      id: 'save-run',
      group,
      label: 'Save the run as a file',
      description: 'Numbers, answers, the state it goes on from and its student',
      run: () => void saveRun(id),
    },
    {
      id: 'save-torch',
      group,
      label: id === undefined ? 'Save this recipe for PyTorch' : 'Save the run for PyTorch',
      description: 'For pytorch/distil.py, on one graphics card or many',
      run: () => void saveForTorch(),
    },
    rows.length > 0 && {
      id: 'export-runs',
      group,
      label: 'Export all runs as a table (CSV)',
      run: () => void exportRuns('runs.csv', rows),
    },
  ];
}

/** A person's own question, and picture. */
function askingCommands(state: Store, group: string): (Command | false)[] {
  if (!shows(state, 'answers')) return [];
  const ask = () => useStore.setState({ explain: 'answers', asking: true });
  return [
    { id: 'ask', group, label: 'Ask your own question', run: ask },
    // A pair that reads text alone is asked in words.
    !isOfText(state.draft.evaluation.split) &&
      state.device.status !== 'failed' && {
        id: 'camera',
        group,
        label: 'Ask about a picture from the camera',
        run: () => {
          ask();
          useStore.setState({ wish: 'camera' });
        },
      },
  ];
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
    ...(curves ? curveCommands(state, group) : []),
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
    ...askingCommands(state, group),
    shows(state, 'answers') &&
      (state.explain === 'answers'
        ? { id: 'inside', group, label: 'Look inside: why it works', run: () => state.setExplain('inside') }
        : { id: 'inside', group, label: 'Show the answers', run: () => state.setExplain('answers') }),
  ]);
}

function recipeCommands(state: Store): Command[] {
  const loading = state.load.status === 'loading';
  if (isActive(state.run.phase)) return [];
  const word = dataWord(state.draft.evaluation.split);
  return [
    ...some([
      !loading &&
        state.pairs.length > 0 && {
          id: 'own-model',
          group: 'Pairs',
          label: 'Open your own model',
          description: 'A folder that transformers saved, as teacher or student',
          run: () => useStore.setState({ ownModel: { role: 'student', step: 'choose' } }),
        },
      !loading &&
        state.pairs.length > 0 && {
          id: 'own-data',
          group: 'Data',
          label: `Open your own ${word}`,
          description:
            word === 'pictures' ? 'A folder or zip, as imagefolder' : 'JSON lines or CSV: question, answer',
          run: () => useStore.setState({ ownData: { step: 'choose' } }),
        },
      !loading &&
        state.draft.data.own !== undefined && {
          id: 'built-in-data',
          group: 'Data',
          label: `Back to the built-in ${word}`,
          run: () => void backToBuiltIn(),
        },
    ]),
    ...presets
      .filter(({ key }) => key !== state.preset)
      .map(({ key, label, badOnPurpose }) => ({
        id: `preset-${key}`,
        group: badOnPurpose ? 'Presets that are bad on purpose' : 'Presets',
        label: `Preset: ${label}`,
        description: presetNotes[key],
        run: () => void choosePreset(key),
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

/** Only somebody who has opened data of their own comes back from them. */
async function backToBuiltIn(): Promise<void> {
  const { takeBuiltInData } = await import('../../store/own-data/own-data.ts');
  await takeBuiltInData();
}
