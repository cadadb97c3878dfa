import { chromium, type Browser, type BrowserContextOptions } from '@playwright/test';
import { executablePath } from '../../src/node/chromium.ts';
import { Playground } from './playground.ts';

/** A browser in which no page has WebGPU. */
export function browserWithoutWebGpu(): Promise<Browser> {
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-background-networking',
      '--disable-gpu',
      '--disable-features=WebGPUService',
    ],
  });
}

/** A page that somebody opens in it; it does not install itself. */
export async function visitor(
  browser: Browser,
  baseURL: string | undefined,
  options: BrowserContextOptions = {},
): Promise<Playground> {
  const context = await browser.newContext({
    baseURL,
    serviceWorkers: 'block',
    viewport: { width: 1280, height: 720 },
    ...options,
  });
  return new Playground(await context.newPage());
}
