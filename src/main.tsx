import '@fontsource-variable/inter/index.css';
import '@mantine/core/styles.css';
import './styles/base.css';
import './styles/views.css';
import { createTheme, MantineProvider } from '@mantine/core';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './panels/frame/app.tsx';
import { printInLight } from './panels/frame/print-in-light.ts';
import { prepareControls } from './store/run/controls.ts';
import { followForecast } from './store/engine/forecast.ts';
import { holdPageLock } from './store/engine/page-lock.ts';
import { start } from './store/engine/start.ts';
import { superviseEngine } from './store/engine/supervise.ts';
import { followLink } from './store/address/link.ts';
import { followView } from './store/address/view-link.ts';

const theme = createTheme({
  colors: {
    // The library's greys, in the blue of the dark panels; from text to page.
    dark: [
      '#d3dae6',
      '#bcc6d5',
      '#9dabbe',
      '#7c8a9e',
      '#35425a',
      '#263143',
      '#1d2635',
      '#161d28',
      '#111721',
      '#0b1017',
    ],
  },
  fontFamily: "'Inter Variable', system-ui, sans-serif",
  primaryColor: 'blue',
  primaryShade: 8,
  defaultRadius: 'sm',
  fontSizes: { xs: '0.72rem', sm: '0.8rem', md: '0.88rem', lg: '1rem', xl: '1.15rem' },
});

holdPageLock();
followView();
createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <MantineProvider theme={theme} defaultColorScheme="auto">
      <App />
    </MantineProvider>
  </StrictMode>,
);

printInLight();
followForecast();
superviseEngine();
const linked = followLink();
// Waits for no device and no pair.
void linked.then(async () => (await import('./store/run/first-visit.ts')).welcome());
// The start loads the pair that the link names.
void linked
  .then(start)
  .then(prepareControls)
  .then(async () => {
    // Nothing is kept for later before the page can be used; the development server has nothing to keep.
    if (import.meta.env.PROD) await (await import('./store/engine/offline.ts')).keepOffline();
  });
