import { Button } from '@mantine/core';
import { lazy, Suspense, type ReactNode } from 'react';
import { useStore } from '../../store/store.ts';
import { Panel } from '../frame/panel.tsx';
import { newTo } from '../lib/asked-about.ts';
import { useEver } from '../lib/use-ever.ts';
import classes from './side-by-side.module.css';

const Cards = lazy(() => import('./cards.tsx'));
const Ask = lazy(() => import('./ask.tsx'));
const TokensDialog = lazy(() => import('../tokens/tokens-dialog.tsx'));

/** Held-out questions with the answers of the teacher, the untouched student and the students as they were after any step. */
export function SideBySide({ aside }: { aside: ReactNode }) {
  const panel = useStore((state) => state.panel);
  const asking = useStore((state) => state.asking);
  const looked = useEver(useStore((state) => state.looking));
  const setAsking = useStore((state) => state.setAsking);
  return (
    <Panel
      title="Side by side"
      className={classes.panel}
      aside={
        <div className={classes.aside}>
          <Button
            size="compact-xs"
            variant={asking ? 'filled' : 'default'}
            aria-expanded={asking}
            onClick={() => setAsking(!asking)}
          >
            ask your own
          </Button>
          {aside}
        </div>
      }
    >
      {asking && (
        <Suspense fallback={<p className={classes.empty}>Loading…</p>}>
          <Ask />
        </Suspense>
      )}
      {panel.length === 0 ? (
        !asking && <Empty />
      ) : (
        <Suspense fallback={<Empty />}>
          <Cards />
        </Suspense>
      )}
      <Suspense>{looked && <TokensDialog />}</Suspense>
    </Panel>
  );
}

function Empty() {
  const about = useStore(({ run, draft }) => newTo(run.recipe ?? draft));
  const preparing = useStore((state) => state.run.phase === 'preparing');
  return (
    <p className={classes.empty}>
      {preparing
        ? `Both models are answering ${about}…`
        : `Press Run: both models first answer ${about}. Then you see the student’s answers change while it learns.`}
    </p>
  );
}
