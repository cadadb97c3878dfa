import { expect, it, vi } from 'vitest';
import { AwakeClock } from '../../src/engine/awake-clock.ts';

it('a clock that stands while the machine sleeps, and goes on through long work and in hidden pages', () => {
  vi.useFakeTimers();
  try {
    let time = 5000;
    const clock = new AwakeClock(() => time);
    const pass = (ms: number, awake: boolean) => {
      for (let left = ms; left > 0; left -= 1000) {
        time += 1000;
        if (awake) vi.advanceTimersByTime(1000);
      }
    };
    const start = clock.now();
    pass(300_000, true);
    expect(clock.now() - start).toBe(300_000);
    // A page that is hidden, or a thread that is busy.
    pass(60_000, false);
    vi.advanceTimersByTime(1000);
    expect(clock.now() - start).toBe(360_000);
    // A night.
    pass(8 * 3_600_000, false);
    expect(clock.now() - start).toBe(360_000);
    pass(10_000, true);
    expect(clock.now() - start).toBe(370_000);
  } finally {
    vi.useRealTimers();
  }
});
