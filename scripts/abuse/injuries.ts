import type { Page, Worker } from 'playwright';

/** What happens to a page's engine on machines that are not ours, done on purpose. Works on any build of the page. */

/** Loses the graphics device in the middle of its next commands, as when its driver is reset. */
export async function loseDevice(page: Page): Promise<void> {
  await engineOf(page).evaluate(() => {
    const { createCommandEncoder } = GPUDevice.prototype;
    GPUDevice.prototype.createCommandEncoder = function (...args) {
      GPUDevice.prototype.createCommandEncoder = createCommandEncoder;
      const encoder = createCommandEncoder.apply(this, args);
      this.destroy();
      return encoder;
    };
  });
}

/** Has the next command fail for want of memory; what it would have made is not there, and what reads it reads nothing. */
export async function exhaustMemory(page: Page): Promise<void> {
  await engineOf(page).evaluate(() => {
    const { createCommandEncoder } = GPUDevice.prototype;
    GPUDevice.prototype.createCommandEncoder = function (...args) {
      GPUDevice.prototype.createCommandEncoder = createCommandEncoder;
      this.dispatchEvent(
        new GPUUncapturedErrorEvent('uncapturederror', { error: new GPUOutOfMemoryError('no room') }),
      );
      return createCommandEncoder.apply(this, args);
    };
  });
}

/** Has the next update multiply by a learning rate that is not a number. */
export async function explode(page: Page): Promise<void> {
  await engineOf(page).evaluate(() => {
    const { writeBuffer } = GPUQueue.prototype;
    GPUQueue.prototype.writeBuffer = function (buffer, offset, data, ...rest) {
      // The numbers of one student's update, of which the learning rate is the first.
      if (buffer.label === 'hyper' && data instanceof Float32Array) {
        GPUQueue.prototype.writeBuffer = writeBuffer;
        data[0] = Number.NaN;
      }
      return writeBuffer.call(this, buffer, offset, data as Float32Array<ArrayBuffer>, ...rest);
    };
  });
}

/** Ends the worker without a word, as when it runs out of memory. */
export async function killWorker(page: Page): Promise<void> {
  await engineOf(page)
    .evaluate(() => self.close())
    .catch(() => undefined);
}

/** Crashes the browser's GPU process: what `chrome://gpucrash` in another tab does. */
export async function crashGpu(page: Page): Promise<void> {
  const session = await page.context().browser()!.newBrowserCDPSession();
  // It crashes before it can answer.
  await session.send('Browser.crashGpuProcess').catch(() => undefined);
  await session.detach().catch(() => undefined);
}

/** The step of the state that the page has saved last, 0 where it has only begun; undefined where there is none. */
export function savedStep(page: Page): Promise<number | undefined> {
  return page.evaluate(
    () =>
      new Promise<number | undefined>((resolve) => {
        const open = indexedDB.open('genrecal-runs');
        open.onsuccess = () => {
          const get = open.result.transaction('resumables').objectStore('resumables').getAll();
          get.onsuccess = () => {
            open.result.close();
            const all = get.result as { step: number; savedAt: string }[];
            resolve(all.sort((a, b) => (a.savedAt < b.savedAt ? 1 : -1))[0]?.step);
          };
        };
      }),
  );
}

function engineOf(page: Page): Worker {
  const worker = page.workers().at(-1);
  if (worker === undefined) throw new Error('the page has no engine');
  return worker;
}
