import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Side of a picture in pixels. */
export const cell = 64;

const child = fileURLToPath(new URL('./rasterise-child.ts', import.meta.url));

/**
 * Draws SVGs to opaque RGB [64, 64, 3]. The native rasteriser aborts its whole process on some drawings, so it works in a child;
 * an aborted child is replaced and its picture reported as undefined.
 */
export async function rasteriseAll(svgs: readonly string[]): Promise<(Uint8Array | undefined)[]> {
  const pictures: (Uint8Array | undefined)[] = [];
  let worker = start();
  for (const svg of svgs) {
    const pixels = await draw(worker, svg);
    if (worker.exitCode !== null || worker.signalCode !== null) worker = start();
    pictures.push(pixels === undefined ? undefined : Buffer.from(pixels, 'base64'));
  }
  worker.disconnect();
  return pictures;
}

function draw(worker: ChildProcess, svg: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const settle = (pixels: string | undefined) => {
      worker.removeAllListeners();
      resolve(pixels);
    };
    worker.once('message', (message) => settle((message as { pixels?: string }).pixels));
    worker.once('exit', () => settle(undefined));
    worker.send(svg);
  });
}

function start(): ChildProcess {
  return fork(child, { stdio: ['ignore', 'ignore', 'ignore', 'ipc'], execArgv: ['--import', 'tsx'] });
}
