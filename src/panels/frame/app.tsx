import { lazy, Suspense } from 'react';
import { useStore } from '../../store/store.ts';
import { shows } from '../../store/slices/view-slice.ts';
import { Centre } from './centre.tsx';
import { EmbedFooter } from './embed-footer.tsx';
import { Explain } from './explain.tsx';
import { Header } from './header.tsx';
import { useKeys } from './keys.ts';
import classes from '../app.module.css';
import { PairBar } from '../pair-bar/pair-bar.tsx';
import { Panel } from './panel.tsx';
import { CopyLink } from '../recipe/copy-link.tsx';
import { RecipePanel } from '../recipe/recipe-panel.tsx';
import { Result } from '../result/result.tsx';
import { RunBar } from '../run-bar/run-bar.tsx';
import { TourInvitation } from '../tour/invitation.tsx';
import { useEver } from '../lib/use-ever.ts';

// Nobody sees these on first paint.
const KeysDialog = lazy(() => import('./keys-dialog.tsx'));
const MeasuredDialog = lazy(() => import('../measured/measured-dialog.tsx'));
const Learn = lazy(() => import('../learn/learn.tsx'));
const Palette = lazy(() => import('../palette/palette.tsx'));
const Tour = lazy(() => import('../tour/tour.tsx'));
const Notices = lazy(() => import('../notices/notices.tsx'));
const RunNotices = lazy(() => import('../runs/run-notices.tsx'));

export function App() {
  useKeys();
  const learning = useStore((state) => state.learnOpen);
  const keys = useEver(useStore((state) => state.keysOpen));
  const measured = useEver(useStore((state) => state.measuredOpen));
  const touring = useStore((state) => state.touring);
  const palette = useEver(useStore((state) => state.paletteOpen));
  const view = useStore((state) => state.view);
  const hidden = useStore((state) => state.hidden);
  const has = (part: Parameters<typeof shows>[1]) => shows({ view, hidden }, part);
  const left = learning ? 'learn' : has('recipe') ? 'recipe' : undefined;
  const right = has('result') || has('answers');
  return (
    <div className={classes.page}>
      {has('header') && <Header />}
      {has('pair') && <PairBar />}
      <div>
        {has('run') && <RunBar />}
        <Suspense>
          <Notices />
          <RunNotices />
        </Suspense>
        {view === 'full' && <TourInvitation />}
      </div>
      <main
        className={classes.main}
        data-left={left}
        data-centre={has('curves') || undefined}
        data-right={right || undefined}
      >
        {!has('header') && <h1 className="visually-hidden">GenRecal Playground</h1>}
        {learning && (
          <Suspense fallback={<Panel title="Read along">Loading…</Panel>}>
            <Learn />
          </Suspense>
        )}
        {/* Stays, unseen, while somebody reads: a half-typed number is not lost. */}
        {has('recipe') && (
          <Panel title="Recipe" className={classes.recipe} aside={<CopyLink />}>
            <RecipePanel />
          </Panel>
        )}
        {has('curves') && <Centre />}
        {right && (
          <div className={classes.right} data-tour="right">
            {has('result') && <Result />}
            {has('answers') && <Explain />}
          </div>
        )}
      </main>
      {view === 'embed' && <EmbedFooter />}
      <Suspense>
        {keys && <KeysDialog />}
        {measured && <MeasuredDialog />}
        {palette && <Palette />}
        {touring && <Tour />}
      </Suspense>
    </div>
  );
}
