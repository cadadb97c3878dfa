import { describe, expect, it } from 'vitest';
import { outcomeOf, progressOf } from '../../src/panels/frame/tab-title.tsx';
import { summaryOf } from '../../src/store/kept/run-row.ts';
import { liveEvents, recorded } from './run-fixtures.ts';

describe('the tab’s title', () => {
  it('says how far a run is, and nothing where there is none', () => {
    const at = (phase: Parameters<typeof progressOf>[0]['phase'], step = 123) =>
      progressOf({ phase, step, totalSteps: 360 });
    expect(at('idle')).toBeUndefined();
    expect(at('preparing', 0)).toBe('Preparing');
    expect(at('running')).toBe('34 %');
    // Not yet done is not 100 %.
    expect(at('running', 359)).toBe('99 %');
    expect(at('paused')).toBe('Paused at 34 %');
    expect(at('stopped')).toBe('Stopped at 34 %');
    expect(at('failed')).toBe('Failed at 34 %');
    expect(progressOf({ phase: 'running', step: 0, totalSteps: 0 })).toBe('0 %');
  });

  it('says what came of it', () => {
    const summary = summaryOf(recorded(liveEvents(), 'done'))!;
    const all = '1'.repeat(8);
    const own = { ...summary.arms[0]!, after: { ...summary.before, exactMatch: 1, right: all } };
    expect(outcomeOf({ ...summary, arms: [own] })).toBe('Improved, 25 → 100 %');
    expect(outcomeOf({ ...summary, arms: [{ ...own, after: summary.before }] })).toBe(
      'Not improved, 25 → 25 %',
    );
  });
});
