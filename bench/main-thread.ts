/** What a Chromium trace says of the page's main thread. */
export interface TraceEvent {
  name: string;
  ph: string;
  pid: number;
  tid: number;
  ts: number;
  /** µs. */
  dur?: number;
  /** µs on the processor: without the time that other processes had it. */
  tdur?: number;
  args?: { name?: string };
}

export interface Task {
  wallMs: number;
  cpuMs: number;
}

export const traceCategories = [
  'toplevel',
  'disabled-by-default-devtools.timeline',
  'devtools.timeline',
  '__metadata',
];

/** The tasks of the renderer whose main thread did the most. */
export function mainThreadTasks(events: readonly TraceEvent[]): Task[] {
  const mains = events.filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain');
  const candidates = mains.map(({ pid, tid }) =>
    events.flatMap((event) =>
      event.pid === pid &&
      event.tid === tid &&
      event.ph === 'X' &&
      event.name === 'ThreadControllerImpl::RunTask'
        ? [{ wallMs: (event.dur ?? 0) / 1000, cpuMs: (event.tdur ?? 0) / 1000 }]
        : [],
    ),
  );
  return candidates.reduce((best, own) => (own.length > best.length ? own : best), []);
}

/** @param ms how long each task took, in a time of so many seconds */
export function summary(ms: readonly number[], seconds: number) {
  return {
    longestMs: round(Math.max(...ms)),
    over50Ms: ms.filter((each) => each > 50).length,
    over16Ms: ms.filter((each) => each > 16.7).length,
    busy: round(ms.reduce((a, b) => a + b, 0) / (seconds * 1000)),
  };
}

export function quantile(numbers: readonly number[], share: number): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}

export function round(value: number): number {
  return Number(value.toPrecision(3));
}
