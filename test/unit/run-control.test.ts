import { describe, expect, it } from 'vitest';
import { RunControl } from '../../src/worker/run-control.ts';

describe('requests between two steps', () => {
  it('are served at the next gate, during a pause and where the run says so, one after the other', async () => {
    const control = new RunControl();
    const order: string[] = [];
    const request = (name: string) =>
      control.betweenSteps(async () => {
        order.push(`${name} begins`);
        await new Promise((resolve) => setTimeout(resolve, 5));
        order.push(`${name} ends`);
        return name;
      });
    const first = request('first');
    const second = request('second');
    expect(order).toEqual([]);
    await control.gate(() => undefined);
    expect([await first, await second]).toEqual(['first', 'second']);
    expect(order).toEqual(['first begins', 'first ends', 'second begins', 'second ends']);

    control.pause();
    const states: boolean[] = [];
    const gate = control.gate((paused) => states.push(paused));
    await expect.poll(() => states).toEqual([true]);
    expect(await request('paused')).toBe('paused');
    control.resume();
    await gate;
    expect(states).toEqual([true, false]);

    const late = request('late');
    await control.serve();
    expect(await late).toBe('late');
  });

  it('give a failure to whoever asked and go on', async () => {
    const control = new RunControl();
    const broken = control.betweenSteps(() => Promise.reject(new Error('no')));
    const fine = control.betweenSteps(() => Promise.resolve(1));
    const failed = expect(broken).rejects.toThrow('no');
    await control.serve();
    await failed;
    expect(await fine).toBe(1);
  });
});
