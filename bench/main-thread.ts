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

interface Task {
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
function mainThreadTasks(events: readonly TraceEvent[]): Task[] {
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

/** The main thread's tasks in so many traced seconds, by time on the processor and by time on the wall. */
export function taskSummary(events: readonly TraceEvent[], seconds: number) {
  const tasks = mainThreadTasks(events);
  const summary = (ms: readonly number[]) => ({
    longestMs: round(Math.max(...ms)),
    over50Ms: ms.filter((each) => each > 50).length,
    over16Ms: ms.filter((each) => each > 16.7).length,
    busy: round(ms.reduce((sum, each) => sum + each, 0) / (seconds * 1000)),
  });
  return {
    tasks: tasks.length,
    cpu: summary(tasks.map(({ cpuMs }) => cpuMs)),
    wall: summary(tasks.map(({ wallMs }) => wallMs)),
  };
}

/** @param intervals ms between animation frames */
export function frameSummary(intervals: readonly number[], seconds: number) {
  return {
    perSecond: round(intervals.length / seconds),
    medianMs: round(quantile(intervals, 0.5)),
    p99Ms: round(quantile(intervals, 0.99)),
  };
}

export function quantile(numbers: readonly number[], share: number): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}

export function round(value: number): number {
  return Number(value.toPrecision(3));
}
