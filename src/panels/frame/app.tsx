import { lazy, Suspense } from 'react';
import { useStore } from '../../store/store.ts';
import { shows } from '../../store/slices/view-slice.ts';
import { Centre } from './centre.tsx';
import { EmbedFooter } from './embed-footer.tsx';
import { Explain } from './explain.tsx';
import { Header } from './header.tsx';
import { HeldKeys } from './held-keys.tsx';
import classes from '../app.module.css';
import { PairBar } from '../pair-bar/pair-bar.tsx';
import { Panel } from './panel.tsx';
import { CopyLink } from '../recipe/copy-link.tsx';
import { Result } from '../result/result.tsx';
import { RunBar } from '../run-bar/run-bar.tsx';
import { Strip } from '../telling/strip.tsx';
import { useEver } from '../lib/use-ever.ts';
import { useRecipeShown } from '../lib/use-recipe-shown.ts';

// The frame is painted first.
const RecipePanel = lazy(() => import('../recipe/recipe-panel.tsx'));
// Nobody sees these on first paint.
const Keys = lazy(() => import('./keys.tsx'));
const TabTitle = lazy(() => import('./tab-title.tsx'));
const KeysDialog = lazy(() => import('./keys-dialog.tsx'));
const OwnModelDialog = lazy(() => import('../own-model/own-model-dialog.tsx'));
const OwnDataDialog = lazy(() => import('../own-data/own-data-dialog.tsx'));
const MeasuredDialog = lazy(() => import('../measured/measured-dialog.tsx'));
const ShareDialogs = lazy(() => import('../share/share-dialogs.tsx'));
const Learn = lazy(() => import('../learn/learn.tsx'));
const Palette = lazy(() => import('../palette/palette.tsx'));
const Tour = lazy(() => import('../tour/tour.tsx'));
const TourInvitation = lazy(() => import('../tour/invitation.tsx'));
const Notices = lazy(() => import('../notices/notices.tsx'));
const RunNotices = lazy(() => import('../runs/run-notices.tsx'));

export function App() {
  const learning = useStore((state) => state.learnOpen);
  const keys = useEver(useStore((state) => state.keysOpen));
  const measured = useEver(useStore((state) => state.measuredOpen));
  const sharing = useEver(useStore((state) => state.sharing !== undefined));
  const own = useEver(useStore((state) => state.ownModel !== undefined));
  const ownData = useEver(useStore((state) => state.ownData !== undefined));
  const touring = useStore((state) => state.touring);
  const palette = useEver(useStore((state) => state.paletteOpen));
  const view = useStore((state) => state.view);
  const hidden = useStore((state) => state.hidden);
  const has = (part: Parameters<typeof shows>[1]) => shows({ view, hidden }, part);
  const recipeShown = useRecipeShown();
  const left = learning ? 'learn' : has('recipe') && recipeShown ? 'recipe' : undefined;
  const drawing = useStore((state) => state.centre === 'model');
  // On a projector the drawing of the models has the whole width.
  const right = (has('result') || has('answers')) && !(view === 'projector' && drawing);
  const notices = (
    <div className={classes.chips}>
      <Suspense>
        {view === 'full' && <TourInvitation />}
        <Notices />
        <RunNotices />
      </Suspense>
    </div>
  );
  return (
    <div className={classes.page}>
      {has('header') ? (
        <Header>
          {has('pair') && <PairBar />}
          {notices}
        </Header>
      ) : (
        notices
      )}
      {has('run') && <RunBar />}
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
        {/* Stays, unseen, while somebody reads or has folded it: a half-typed number is not lost. */}
        {has('recipe') && (
          <Panel title="Recipe" className={classes.recipe} aside={<CopyLink />}>
            <Suspense>
              <RecipePanel />
            </Suspense>
          </Panel>
        )}
        {has('curves') && (
          <div className={classes.centre} data-tour="centre">
            <Strip />
            <Centre />
          </div>
        )}
        {right && (
          <div className={classes.right} data-tour="right">
            {has('result') && <Result />}
            {has('answers') && <Explain />}
          </div>
        )}
      </main>
      {view === 'embed' && <EmbedFooter />}
      <Suspense fallback={<HeldKeys />}>
        <Keys />
      </Suspense>
      <Suspense>
        <TabTitle />
      </Suspense>
      <Suspense>
        {keys && <KeysDialog />}
        {measured && <MeasuredDialog />}
        {sharing && <ShareDialogs />}
        {own && <OwnModelDialog />}
        {ownData && <OwnDataDialog />}
        {palette && <Palette />}
        {touring && <Tour />}
      </Suspense>
    </div>
  );
}
