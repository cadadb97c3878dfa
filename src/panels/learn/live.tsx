import { useMemo, type ReactNode } from 'react';
import { lossNames, type LossKey } from '../../engine/method/losses.ts';
import { useStore } from '../../store/store.ts';
import { useThrottled } from '../lib/use-throttled.ts';
import { latestLosses } from './latest.ts';
import classes from './learn.module.css';
import { formatNumber } from '../lib/format.ts';

/** Numbers of the present run beside the formula that they belong to. */
export function LiveLosses({ terms }: { terms: readonly LossKey[] }) {
  const version = useMetricsVersion();
  const latest = useMemo(() => {
    void version;
    const { metrics, run } = useStore.getState();
    return latestLosses(metrics.steps, run.recipe?.seed);
  }, [version]);
  return (
    <Live>
      {terms.map((term) => {
        const measured = latest[term];
        return (
          <LiveNumber
            key={term}
            name={lossNames[term].title}
            value={measured && `${formatNumber(measured.value)} nats`}
            note={measured && `step ${measured.step}`}
          />
        );
      })}
    </Live>
  );
}

/** Grows when the run has new numbers, at most once a second. */
export function useMetricsVersion(): number {
  return useThrottled(
    useStore((state) => state.metrics.version),
    1000,
  );
}

/** A list of live numbers. */
export function Live({ children }: { children: ReactNode }) {
  return <dl className={classes.live}>{children}</dl>;
}

export function LiveNumber(props: {
  name: string;
  /** Undefined until the run has measured it. */
  value: string | undefined;
  note?: string;
}) {
  const { name, value, note } = props;
  return (
    <div>
      <dt>{name}</dt>
      <dd data-known={value !== undefined}>
        {value ?? 'press Run to measure'} {note !== undefined && <span>{note}</span>}
      </dd>
    </div>
  );
}
