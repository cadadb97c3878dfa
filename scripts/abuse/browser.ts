import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chromium, type Browser, type BrowserContext } from 'playwright';
import { executablePath, softwareWebGpu } from '../../src/node/chromium.ts';

const flags = [
  '--headless=new',
  '--remote-debugging-port=0',
  ...softwareWebGpu,
  // A browser that has seen many crashes gives WebGPU up: here they are meant.
  '--disable-gpu-process-crash-limit',
  '--disable-domain-blocking-for-3d-apis',
];

/**
 * A browser of its own with a profile that outlives it: what the page measures once per browser, and what numbers depend on to the last bit, is the
 * same for all that share the profile.
 */
export class ProfileBrowser {
  private constructor(
    private readonly child: ChildProcess,
    readonly context: BrowserContext,
  ) {
    // Whoever ends the script ends it too.
    process.once('exit', this.end);
  }

  static async open(profile: string): Promise<ProfileBrowser> {
    for (let tries = 1; ; tries++)
      try {
        return await ProfileBrowser.start(profile);
      } catch (error) {
        // A browser that cannot be reached on a busy machine tells nothing of the page.
        if (tries === 3) throw error;
      }
  }

  private static async start(profile: string): Promise<ProfileBrowser> {
    // In a process group, which can be killed whole.
    const child = spawn(executablePath, [`--user-data-dir=${profile}`, ...flags], {
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    try {
      const browser = await connect(child);
      return new ProfileBrowser(child, browser.contexts()[0]!);
    } catch (error) {
      process.kill(-child.pid!, 'SIGKILL');
      throw error;
    }
  }

  async kill(): Promise<void> {
    const gone = this.over ? undefined : once(this.child, 'exit');
    this.end();
    await gone;
    process.off('exit', this.end);
  }

  private readonly end = () => {
    if (!this.over) process.kill(-this.child.pid!, 'SIGKILL');
  };

  private get over(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }
}

/** Chromium says on its error stream where it can be reached. */
async function connect(child: ChildProcess): Promise<Browser> {
  let heard = '';
  for await (const text of child.stderr!) {
    heard += String(text);
    const [address] = /ws:\/\/\S+/.exec(heard) ?? [];
    if (address === undefined) continue;
    return chromium.connectOverCDP(address, { timeout: 300_000 });
  }
  throw new Error(`Chromium did not start: ${heard}`);
}
