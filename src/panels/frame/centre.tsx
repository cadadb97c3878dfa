import { SegmentedControl } from '@mantine/core';
import { lazy, Suspense, type ComponentType, type LazyExoticComponent, type ReactNode } from 'react';
import { useStore } from '../../store/store.ts';
import { useDataWord } from '../lib/use-data-word.ts';
import type { CentreView } from '../../store/slices/view-slice.ts';
import classes from '../centre.module.css';
import { Panel } from './panel.tsx';

interface View {
  value: CentreView;
  label: string;
  /** A whole panel; `tabs` belongs into its head. Loads when it is first looked at. */
  view: LazyExoticComponent<ComponentType<{ tabs: ReactNode }>>;
}

/** In the order of their keys. */
export const centreViews: readonly View[] = [
  { value: 'pictures', label: 'pictures', view: lazy(() => import('../pictures/pictures.tsx')) },
  // The chart library is the page's largest part and nothing to look at before the first step.
  { value: 'curves', label: 'curves', view: lazy(() => import('../curves/curves.tsx')) },
  { value: 'features', label: 'feature map', view: lazy(() => import('../why/feature-map.tsx')) },
  { value: 'model', label: 'model', view: lazy(() => import('../model/model.tsx')) },
  { value: 'runs', label: 'runs', view: lazy(() => import('../runs/runs.tsx')) },
];

/** The largest place on the screen: one of several views. */
export function Centre() {
  const chosen = useStore((state) => state.centre);
  const choose = useStore((state) => state.setCentre);
  const word = useDataWord();
  const { view: Chosen, label } = centreViews.find(({ value }) => value === chosen) ?? centreViews[0]!;
  const tabs = centreViews.length > 1 && (
    <SegmentedControl
      className={classes.tabs}
      size="xs"
      aria-label="Centre"
      value={chosen}
      onChange={(value) => choose(value)}
      data={centreViews.map(({ value, label }) => ({ value, label: value === 'pictures' ? word : label }))}
    />
  );
  return (
    <Suspense
      fallback={
        <Panel title={label} aside={tabs}>
          <p>Loading…</p>
        </Panel>
      }
    >
      <Chosen tabs={tabs} />
    </Suspense>
  );
}
