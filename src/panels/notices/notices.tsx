import { Button } from '@mantine/core';
import { lazy, Suspense, type ReactNode } from 'react';
import type { EngineFailure } from '../../engine/errors.ts';
import { ownNames } from '../../engine/models/checkpoints/own-pair.ts';
import { ownDataName } from '../../engine/own-data-key.ts';
import { dataWord, type DataWord } from '../../engine/recipe/splits.ts';
import { choosePreset } from '../../store/address/choose-preset.ts';
import { loadPair } from '../../store/engine/load-pair.ts';
import { start } from '../../store/engine/start.ts';
import { isActive, type RunState } from '../../store/slices/run-slice.ts';
import type { Store } from '../../store/store.ts';
import { useStore } from '../../store/store.ts';
import { Chip } from './chip.tsx';
import classes from './chip.module.css';
import { NewVersion } from './new-version.tsx';

// Few have models or pictures of their own.
const OpenAgain = lazy(() => import('../own-model/open-again.tsx'));

const quickPreset = 'nano-quick';

/** What went wrong and what to do, or, on a software adapter, which recipe suits it. At most one at a time, the most basic first. */
export default function Notices() {
  const device = useStore((state) => state.device);
  const load = useStore((state) => state.load);
  const run = useStore((state) => state.run);
  const replayed = useStore((state) => state.replay !== undefined);
  const linkFailure = useStore((state) => state.linkFailure);
  const newVersion = useStore((state) => (isActive(state.run.phase) ? undefined : state.newVersion));
  const pairsKnown = useStore((state) => state.pairs.length > 0);
  const setback = useStore((state) => state.setback);
  const left = useStore((state) => (state.draft.data.own === undefined ? state.left : undefined));
  const untouched = useStore((state) => state.preset === 'default' && !isActive(state.run.phase));
  if (device.status === 'failed')
    return (
      <Failure
        // Whoever watches a record has something else to look at.
        key={String(replayed)}
        open={!replayed}
        label="Cannot train here"
        title={deviceTitles[device.failure.code] ?? 'Training is not possible in this browser'}
        failure={device.failure}
        button="Try again"
        onClick={() => void start()}
        more={<PlayRecorded />}
      />
    );
  if (linkFailure !== undefined)
    return (
      <Failure
        label="Link"
        title={
          linkFailure.code === 'engine-busy' ? 'The link was not taken' : 'Not all of the address was taken'
        }
        failure={linkFailure}
        button="Understood"
        onClick={() => useStore.setState({ linkFailure: undefined })}
      />
    );
  if (newVersion !== undefined) return <NewVersion otherTabs={newVersion.otherTabs} />;
  if (load.status === 'failed')
    return (
      <Failure
        label="Not loaded"
        title="The pair could not be loaded"
        failure={load.failure}
        button="Try again"
        onClick={() => void (pairsKnown ? loadPair(load.pair) : start())}
        more={
          <>
            {(load.own !== undefined || ownNames(load.pair).length > 0) && (
              <Suspense>
                <OpenAgain pair={load.pair} own={load.own} />
              </Suspense>
            )}
            {load.own !== undefined && <OpenOwnData />}
          </>
        }
      />
    );
  if (run.failure !== undefined && !replayed) return <RunFailure run={run} failure={run.failure} />;
  if (left !== undefined) return <LeftData name={ownDataName(left.key)} word={left.word} />;
  if (setback !== undefined) return <Setback {...setback} />;
  if (device.status === 'ready' && device.report.software && untouched) return <SoftwareAdvice />;
  return null;
}

const deviceTitles: Partial<Record<EngineFailure['code'], string>> = {
  internal: 'The training engine did not start',
  'engine-lost': 'The training engine did not start',
  'device-lost': 'The graphics device does not come back',
};

/** A run that failed, and the one thing to do about it. */
function RunFailure({ run, failure }: { run: RunState; failure: EngineFailure }) {
  const from = useStore(({ savePoints, present }) => savePoints.find(({ id }) => id === present?.id)?.step);
  const halved = failure.code === 'not-finite';
  const goesOn = halved || failure.code === 'device-lost' || failure.code === 'engine-lost';
  const start = !from ? 'Run again' : `Go on from step ${from}`;
  return (
    <Failure
      label="Run ended"
      title={`The run ended at step ${run.step}`}
      failure={failure}
      button={goesOn ? `${start}${halved ? ' with half the learning rate' : ''}` : undefined}
      onClick={() => void import('../../store/run/retry.ts').then(({ retry }) => retry(halved))}
    />
  );
}

/** What the engine has come back from, in one line. */
function Setback({ failure, wentOnFrom }: NonNullable<Store['setback']>) {
  const [summary] = failure.message.split('\n');
  const over = useStore(({ run }) => !isActive(run.phase) && run.step > 0);
  const went =
    wentOnFrom === undefined
      ? over
        ? '. To ask the students of the run that has ended, run it again.'
        : '.'
      : wentOnFrom === 0
        ? ', and the run began again.'
        : `, and the run went on from step ${wentOnFrom}, exactly as it would have.`;
  return (
    <News label="Engine restarted" onUnderstood={() => useStore.setState({ setback: undefined })}>
      {summary} The engine was started again{went}
    </News>
  );
}

/** What has happened by itself, until somebody has understood it. */
function News(props: { label: string; onUnderstood: () => void; children: ReactNode }) {
  const { label, onUnderstood, children } = props;
  return (
    <Chip
      tone="news"
      label={label}
      open
      actions={
        <Button size="xs" variant="default" onClick={onUnderstood}>
          Understood
        </Button>
      }
    >
      {children}
    </Chip>
  );
}

/** A recipe may be about a person's own data, which came with no link. */
function OpenOwnData() {
  const word = useStore(({ draft }) => dataWord(draft.evaluation.split));
  return (
    <>
      <Button size="xs" onClick={() => useStore.setState({ ownData: { step: 'choose' } })}>
        Your own {word}…
      </Button>
      <Button
        size="xs"
        variant="default"
        onClick={() =>
          void import('../../store/own-data/own-data.ts').then(({ takeBuiltInData }) => takeBuiltInData())
        }
      >
        Back to the built-in {word}
      </Button>
    </>
  );
}

/** A pair was chosen that cannot be asked about a person's data. */
function LeftData({ name, word }: { name: string; word: DataWord }) {
  const pictures = word === 'pictures';
  return (
    <News label="Built-in data" onUnderstood={() => useStore.setState({ left: undefined })}>
      This pair {pictures ? 'reads no pictures' : 'is asked about pictures'}: its recipe is about the built-in{' '}
      {pictures ? 'questions' : 'pictures'}, no longer about your {word} “{name}”.{' '}
      <strong>
        To go on with them, choose a pair that {pictures ? 'reads pictures' : 'reads none'} and open them
        again.
      </strong>
    </News>
  );
}

/** What can be watched where nothing can be trained. */
function PlayRecorded() {
  return (
    <Button
      size="xs"
      onClick={() => void import('../../store/run/open-run.ts').then(({ playRecorded }) => playRecorded())}
    >
      Play a recorded run
    </Button>
  );
}

function Failure(props: {
  label: string;
  title: string;
  failure: EngineFailure;
  open?: boolean;
  button?: string;
  onClick: () => void;
  more?: ReactNode;
}) {
  const { label, title, failure, open = true, button, onClick, more } = props;
  // Drivers report shader errors over many lines.
  const [summary, ...rest] = failure.message.split('\n');
  return (
    <Chip
      tone="fault"
      label={label}
      open={open}
      actions={
        <>
          {button !== undefined && (
            <Button size="xs" variant="default" onClick={onClick}>
              {button}
            </Button>
          )}
          {more}
        </>
      }
    >
      <b className={classes.title}>{title}</b>
      {summary} <strong>{failure.action}</strong>
      {rest.length > 0 && (
        <details>
          <summary>Details</summary>
          <pre className={classes.details}>{rest.join('\n')}</pre>
        </details>
      )}
    </Chip>
  );
}

/** A software adapter gives the right results too slowly to watch. */
function SoftwareAdvice() {
  return (
    <Chip
      tone="warning"
      label="Slow here"
      open={false}
      actions={
        <Button size="xs" variant="default" onClick={() => void choosePreset(quickPreset)}>
          Use the quick recipe
        </Button>
      }
    >
      This browser computes without a graphics card, in software: results are right, but slow.{' '}
      <strong>For a quick look, take the nano pair.</strong>
    </Chip>
  );
}
