import { SegmentedControl } from '@mantine/core';
import { lazy, Suspense, useState } from 'react';
import classes from './app.module.css';
import { Panel } from './panel.tsx';
import { SideBySide } from './side-by-side/side-by-side.tsx';

const Why = lazy(() => import('./why/why.tsx'));

/** What the models answer, or what happens inside: one place on the screen, two views. */
export function Explain() {
  const [view, setView] = useState('answers');
  const choice = (
    <SegmentedControl
      size="xs"
      aria-label="View"
      value={view}
      onChange={setView}
      data={[
        { value: 'answers', label: 'answers' },
        { value: 'why', label: 'inside' },
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
