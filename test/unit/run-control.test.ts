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

  it('are served while a run rests before its first step, which a single step does not end', async () => {
    const resting = new RunControl('paused');
    const states: boolean[] = [];
    const held = resting.hold((paused) => states.push(paused));
    await expect.poll(() => states).toEqual([true]);
    expect(await resting.betweenSteps(() => Promise.resolve(1))).toBe(1);
    resting.step();
    await held;
    expect(states).toEqual([true, false]);
    const gate = resting.gate((paused) => states.push(paused));
    await expect.poll(() => states).toEqual([true, false, true]);
    resting.stop();
    await gate;

    const stepping = new RunControl('stepping');
    await stepping.hold(() => expect.unreachable());
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

  it('are refused with the reason once the run is over, those that come later too, and nothing of them runs', async () => {
    const control = new RunControl();
    let served = 0;
    const request = () => control.betweenSteps(() => Promise.resolve(served++));
    const over = { code: 'engine-busy', message: 'The run has just ended.' };
    const refused = [request(), request()].map((result) => expect(result).rejects.toMatchObject(over));
    control.close();
    await control.serve();
    refused.push(expect(request()).rejects.toMatchObject(over));
    await Promise.all(refused);
    expect(served).toBe(0);
  });

  it('are no longer served when the run ends during one of them', async () => {
    const control = new RunControl();
    const first = control.betweenSteps(() => Promise.resolve(control.close()));
    const second = expect(control.betweenSteps(() => Promise.resolve())).rejects.toThrow(/just ended/);
    await control.serve();
    await first;
    await second;
  });

  it('let a paused run go that is over, without a word', async () => {
    const control = new RunControl();
    control.pause();
    const states: boolean[] = [];
    const gate = control.gate((paused) => states.push(paused));
    await expect.poll(() => states).toEqual([true]);
    control.close();
    await gate;
    expect(states).toEqual([true]);
    control.resume();
    expect(control.over).toBe(true);
  });
});
