import { defineConfig } from '@playwright/test';
import { executablePath, softwareWebGpu } from './src/node/chromium.ts';

/** Several checkouts may be tested at once, each with a port of its own. */
const port = Number(process.env.PORT ?? 4173);

export default defineConfig({
  testDir: 'test/e2e',
  // Bounds for what hangs. A test that is only slow, on a machine busy with something else, passes.
  timeout: 1_800_000,
  expect: { timeout: 300_000, toPass: { timeout: 300_000 } },
  workers: 1,
  reporter: 'list',
  use: {
    actionTimeout: 300_000,
    navigationTimeout: 300_000,
    baseURL: `http://localhost:${port}`,
    // Only offline.spec.ts wants what comes from the network to be kept.
    serviceWorkers: 'block',
    viewport: { width: 1280, height: 720 },
    launchOptions: { executablePath, args: softwareWebGpu },
  },
  webServer: {
    command: `npm run preview -- --port ${port}`,
    port,
    timeout: 300_000,
    reuseExistingServer: false,
  },
});
