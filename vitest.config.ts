import { defineConfig } from 'vitest/config';
import { playwright } from '@vitest/browser-playwright';
import { executablePath, softwareWebGpu } from './src/node/chromium.ts';

const tfjs = [/@tensorflow\//];

/** Bounds for what hangs. A test that is only slow, on a machine busy with something else, passes. */
const patient = {
  testTimeout: 1_800_000,
  hookTimeout: 600_000,
  expect: { poll: { timeout: 300_000 } },
};

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'node',
          include: ['test/unit/**/*.test.ts'],
          environment: 'node',
          // tfjs ships ES modules only a bundler resolves.
          server: { deps: { inline: tfjs } },
          ...patient,
          // One file after the other in one process: the device, its compiled kernels and the loaded pair pass from each to the next.
          fileParallelism: false,
          isolate: false,
          restoreMocks: true,
          setupFiles: ['test/unit/fresh-store.ts'],
          // Most of the time on Mesa's software driver is compiling kernels; narrow vectors compile in less than half of it.
          env: { LP_NATIVE_VECTOR_WIDTH: '128' },
        },
      },
      {
        // The worker's packages too: one that is found only while a test runs makes Vite reload its page.
        optimizeDeps: { entries: ['src/worker/engine.worker.ts'] },
        test: {
          name: 'gpu',
          include: ['test/gpu/**/*.test.ts'],
          ...patient,
          fileParallelism: false,
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({ launchOptions: { executablePath, args: softwareWebGpu } }),
            instances: [{ browser: 'chromium' }],
          },
        },
      },
    ],
  },
});
