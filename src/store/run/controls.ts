/** The buttons of a run. What they do comes after the first paint (`training.ts`). */
const training = () => import('./training.ts');

/** Fetches it while nobody waits. */
export async function prepareControls(): Promise<void> {
  await training();
}

export async function run(): Promise<void> {
  await (await training()).run();
}

export function pause(): void {
  void training().then((run) => run.pause());
}

export function resume(): void {
  void training().then((run) => run.resume());
}

export function step(): void {
  void training().then((run) => run.step());
}

export function stop(): void {
  void training().then((run) => run.stop());
}
