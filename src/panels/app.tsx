import { ActionIcon, Badge, Tooltip, useComputedColorScheme, useMantineColorScheme } from '@mantine/core';
import { ChartNoAxesColumn, Keyboard, Moon, Sun } from 'lucide-react';
import { lazy, Suspense } from 'react';
import { useStore } from '../store/store.ts';
import { Centre } from './centre.tsx';
import { MeasuredDialog } from './measured/measured-dialog.tsx';
import { Explain } from './explain.tsx';
import { KeysDialog, useKeys } from './keys.tsx';
import classes from './app.module.css';
import { Notices } from './notices/notices.tsx';
import { PairBar } from './pair-bar/pair-bar.tsx';
import { Panel } from './panel.tsx';
import { CopyLink } from './recipe/copy-link.tsx';
import { RecipePanel } from './recipe/recipe-panel.tsx';
import { Result } from './result/result.tsx';
import { RunBar } from './run-bar/run-bar.tsx';
import header from './header.module.css';

const RunNotices = lazy(() => import('./runs/run-notices.tsx'));
const ShareMenu = lazy(() => import('./share/share-menu.tsx'));

export function App() {
  useKeys();
  return (
    <div className={classes.page}>
      <Header />
      <PairBar />
      <div>
        <RunBar />
        <Notices />
        <Suspense>
          <RunNotices />
        </Suspense>
      </div>
      <main className={classes.main}>
        <Panel title="Recipe" className={classes.recipe} aside={<CopyLink />}>
          <RecipePanel />
        </Panel>
        <Centre />
        <div className={classes.right}>
          <Result />
          <Explain />
        </div>
      </main>
      <KeysDialog />
      <MeasuredDialog />
    </div>
  );
}

function Header() {
  const { setColorScheme } = useMantineColorScheme();
  const scheme = useComputedColorScheme('light');
  const device = useStore((state) => state.device);
  const setKeysOpen = useStore((state) => state.setKeysOpen);
  const setMeasuredOpen = useStore((state) => state.setMeasuredOpen);
  return (
    <header className={header.header}>
      <h1 className={header.title}>
        GenRecal <span>Playground</span>
      </h1>
      <p className={header.tagline}>Distil one vision-language model into another, on your own GPU.</p>
      <div className={header.right}>
        {device.status === 'ready' && (
          <Tooltip
            label={
              device.report.software
                ? 'A software adapter: results are right, but training is slow. Use a browser with hardware acceleration for a demo.'
                : `Features: ${device.report.features.join(', ') || 'none beyond the basics'}`
            }
            multiline
            w={280}
          >
            <Badge
              variant="outline"
              color={device.report.software ? 'orange' : 'gray'}
              tt="none"
              tabIndex={0}
              className={header.adapter}
            >
              {device.report.software ? 'Software: ' : 'GPU: '}
              {device.report.adapter}
            </Badge>
          </Tooltip>
        )}
        <Suspense fallback={<span className={header.icon} />}>
          <ShareMenu />
        </Suspense>
        <Tooltip label="What we measured">
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-label="What we measured"
            onClick={() => setMeasuredOpen(true)}
          >
            <ChartNoAxesColumn size={18} />
          </ActionIcon>
        </Tooltip>
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label="Keyboard shortcuts"
          onClick={() => setKeysOpen(true)}
        >
          <Keyboard size={18} />
        </ActionIcon>
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label={scheme === 'dark' ? 'Use the light colour scheme' : 'Use the dark colour scheme'}
          onClick={() => setColorScheme(scheme === 'dark' ? 'light' : 'dark')}
        >
          {scheme === 'dark' ? <Sun size={18} /> : <Moon size={18} />}
        </ActionIcon>
      </div>
    </header>
  );
}
