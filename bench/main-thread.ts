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

export function quantile(numbers: readonly number[], share: number): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}

export function round(value: number): number {
  return Number(value.toPrecision(3));
}
