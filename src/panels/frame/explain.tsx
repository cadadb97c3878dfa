import { SegmentedControl } from '@mantine/core';
import { lazy, Suspense } from 'react';
import { useStore } from '../../store/store.ts';
import classes from '../app.module.css';
import { Panel } from './panel.tsx';
import { SideBySide } from '../side-by-side/side-by-side.tsx';

const Why = lazy(() => import('../why/why.tsx'));

/** What the models answer, or what happens inside: one place on the screen, two views. */
export function Explain() {
  const view = useStore((state) => state.explain);
  const setView = useStore((state) => state.setExplain);
  const choice = (
    <SegmentedControl
      size="xs"
      aria-label="View"
      value={view}
      onChange={setView}
      data={[
        { value: 'answers', label: 'answers' },
        { value: 'inside', label: 'inside' },
      ]}
    />
  );
  if (view === 'answers') return <SideBySide aside={choice} />;
  return (
    <Panel title="Why it works" aside={choice} className={classes.grow}>
      <Suspense fallback={<p>Loading the charts…</p>}>
        <Why />
      </Suspense>
    </Panel>
  );
}
