import { Alert, Button } from '@mantine/core';
import { CircleAlert, Info } from 'lucide-react';
import type { ReactNode } from 'react';
import type { EngineFailure } from '../../engine/errors.ts';
import { choosePreset, loadPair, start } from '../../store/engine.ts';
import { isActive } from '../../store/run-slice.ts';
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
  const untouched = useStore((state) => state.preset === 'default' && !isActive(state.run.phase));
  if (device.status === 'failed')
    // The bar of the record says then what to do.
    return replayed ? null : (
      <Failure
        title={
          device.failure.code === 'internal'
            ? 'The training engine did not start'
            : 'Training is not possible in this browser'
        }
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
  if (newVersion !== undefined) return <NewVersion otherTabs={newVersion === 'other-tabs'} />;
  if (load.status === 'failed')
    return (
      <Failure
        title="The pair could not be loaded"
        failure={load.failure}
        button="Try again"
        onClick={() => void (pairsKnown ? loadPair(load.pair) : start())}
      />
    );
  if (run.failure !== undefined && !replayed) {
    const gone = ['device-lost', 'out-of-memory', 'internal'].includes(run.failure.code);
    return (
      <Failure
        title={`The run ended at step ${run.step}`}
        failure={run.failure}
        button={gone ? 'Reload the page' : undefined}
        onClick={() => window.location.reload()}
      />
    );
  }
  if (device.status === 'ready' && device.report.software && untouched) return <SoftwareAdvice />;
  return null;
}

/** What can be watched where nothing can be trained. */
function PlayRecorded() {
  return (
    <Button
      size="xs"
      onClick={() => void import('../../store/runs.ts').then(({ playRecorded }) => playRecorded())}
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
