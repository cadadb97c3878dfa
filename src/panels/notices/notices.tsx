import { Alert, Button } from '@mantine/core';
import { CircleAlert, Info } from 'lucide-react';
import type { ReactNode } from 'react';
import type { EngineFailure } from '../../engine/errors.ts';
import { choosePreset } from '../../store/engine/choose-preset.ts';
import { loadPair } from '../../store/engine/load-pair.ts';
import { start } from '../../store/engine/start.ts';
import { isActive, type RunState } from '../../store/slices/run-slice.ts';
import type { Store } from '../../store/store.ts';
import { useStore } from '../../store/store.ts';
import { NewVersion } from './new-version.tsx';
import classes from './notices.module.css';

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
  const untouched = useStore((state) => state.preset === 'default' && !isActive(state.run.phase));
  if (device.status === 'failed')
    // The bar of the record says then what to do.
    return replayed ? null : (
      <Failure
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
        title="The pair could not be loaded"
        failure={load.failure}
        button="Try again"
        onClick={() => void (pairsKnown ? loadPair(load.pair) : start())}
      />
    );
  if (run.failure !== undefined && !replayed) return <RunFailure run={run} failure={run.failure} />;
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
    <Alert
      className={classes.notice}
      color="blue"
      variant="light"
      icon={<Info size={18} />}
      withCloseButton
      closeButtonLabel="Understood"
      onClose={() => useStore.setState({ setback: undefined })}
    >
      {summary} The engine was started again{went}
    </Alert>
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
  title: string;
  failure: EngineFailure;
  button?: string;
  onClick: () => void;
  more?: ReactNode;
}) {
  // Drivers report shader errors over many lines.
  const [summary, ...rest] = props.failure.message.split('\n');
  return (
    <Alert
      className={classes.notice}
      color="red"
      variant="light"
      icon={<CircleAlert size={18} />}
      title={props.title}
      role="alert"
    >
      <div className={classes.row}>
        <span>
          {summary} <strong>{props.failure.action}</strong>
          {rest.length > 0 && (
            <details>
              <summary>Details</summary>
              <pre className={classes.details}>{rest.join('\n')}</pre>
            </details>
          )}
        </span>
        <span className={classes.buttons}>
          {props.button !== undefined && (
            <Button size="xs" variant="default" onClick={props.onClick}>
              {props.button}
            </Button>
          )}
          {props.more}
        </span>
      </div>
    </Alert>
  );
}

/** A software adapter gives the right results too slowly to watch. */
function SoftwareAdvice() {
  return (
    <Alert className={classes.notice} color="orange" variant="light" icon={<Info size={18} />}>
      <div className={classes.row}>
        <span>
          This browser computes without a graphics card, in software: results are right, but slow.{' '}
          <strong>For a quick look, take the smallest pair.</strong>
        </span>
        <Button size="xs" variant="default" onClick={() => choosePreset(quickPreset)}>
          Use the quick recipe
        </Button>
      </div>
    </Alert>
  );
}
