import { beforeEach, expect, it, vi } from 'vitest';
import { client } from '../../src/store/engine/client.ts';
import { askOwn, lookInto } from '../../src/store/engine/questions.ts';
import { close, show, tell } from '../../src/store/run/replay.ts';
import { firstStudent } from '../../src/store/slices/questions-slice.ts';
import { useStore } from '../../src/store/store.ts';
import { recorded } from './run-fixtures.ts';

const state = () => useStore.getState();
const pixels = new Uint8ClampedArray(16);
const question = { picture: { pixels }, pixels, question: 'What is this?', fromPanel: true };

beforeEach(() => {
  useStore.setState(useStore.getInitialState(), true);
  useStore.setState({ load: { status: 'ready', pair: 'nano' }, chosenPicture: { label: 'a', pixels } });
});

it('of a record that is shown only the untouched student is looked at: the engine has none of its students', async () => {
  const inspect = vi.spyOn(client, 'inspect').mockResolvedValue({ ok: false, failure: {} as never });
  const ask = vi.spyOn(client, 'askModels').mockResolvedValue({ ok: false, failure: {} as never });
  show(recorded());
  expect(state().run.step).toBe(8);
  expect(firstStudent(state())).toBe('before');
  lookInto(question);
  await askOwn('What is this?');
  expect(inspect.mock.lastCall![1]).toMatchObject({ student: 'before' });
  expect(ask.mock.lastCall![1]).toMatchObject({ untouched: true });
  close();
  useStore.setState({ run: { ...state().run, step: 8, recipe: recorded().recipe } });
  expect(firstStudent(state())).toBe('main');
  useStore.setState({ chosenPicture: { label: 'a', pixels }, load: { status: 'ready', pair: 'nano' } });
  await askOwn('What is this?');
  expect(ask.mock.lastCall![1]).toMatchObject({ untouched: false });
});

it('without a graphics device a look or a question says so and what to do, and asks no engine', async () => {
  const inspect = vi.spyOn(client, 'inspect');
  const ask = vi.spyOn(client, 'askModels');
  const failure = {
    code: 'webgpu-missing' as const,
    message: 'This browser has no WebGPU.',
    action: 'Open it in Chrome.',
  };
  useStore.setState({ device: { status: 'failed', failure }, load: { status: 'idle' } });
  tell(recorded(), 1000);
  useStore.setState({ chosenPicture: { label: 'a', pixels } });
  lookInto(question);
  await askOwn('What is this?');
  const said = { action: 'Open it in Chrome.', message: expect.stringContaining('no WebGPU') as string };
  expect(state().inspected!.state).toMatchObject({ status: 'failed', failure: said });
  expect(state().own).toMatchObject({ status: 'failed', failure: said });
  expect(inspect).not.toHaveBeenCalled();
  expect(ask).not.toHaveBeenCalled();
});
