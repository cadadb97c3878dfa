import { defineConfig } from '@playwright/test';

/** Several checkouts may be tested at once, each with a port of its own. */
const port = Number(process.env.PORT ?? 4173);

export default defineConfig({
  testDir: 'test/e2e',
  timeout: 600_000,
  expect: { timeout: 60_000 },
  workers: 1,
  reporter: 'list',
  use: {
    baseURL: `http://localhost:${port}`,
    viewport: { width: 1280, height: 720 },
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      args: [
        '--enable-unsafe-webgpu',
        '--use-webgpu-adapter=swiftshader',
        '--no-sandbox',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--no-first-run',
      ],
    },
  },
  webServer: { command: `npm run preview -- --port ${port}`, port, reuseExistingServer: false },
});
