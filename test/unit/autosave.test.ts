import { beforeEach, expect, it, vi } from 'vitest';
import { encodeState } from '../../src/engine/run/saved-state.ts';
import type { Reply } from '../../src/worker/protocol.ts';
import { Autosave } from '../../src/store/kept/autosave.ts';
import { Recorder } from '../../src/store/kept/recorder.ts';
import { begun, stateOf } from './run-fixtures.ts';

const bytesAt = (step: number) => encodeState(stateOf(begun(), { step }));

beforeEach(() => {
  vi.stubGlobal('document', new EventTarget());
  return () => vi.unstubAllGlobals();
});

it('a run that is paused while an earlier step is still being saved is saved where it rests, once', async () => {
  const answers: ((bytes: Uint8Array) => void)[] = [];
  const save = vi.fn(
    () => new Promise<Reply<Uint8Array>>((resolve) => answers.push((value) => resolve({ ok: true, value }))),
  );
  const saved: number[] = [];
  const recorder = new Recorder({ write: () => Promise.resolve() }, begun(), () => undefined);
  const autosave = new Autosave(recorder, save, ({ step }) => saved.push(step));
  const tell = (event: Parameters<Autosave['take']>[0]) => {
    recorder.take(0, event);
    autosave.take(event);
  };
  tell({ type: 'step', step: 1, stage: 'align' });
  tell({ type: 'step', step: 2, stage: 'align' });
  tell({ type: 'paused', step: 2 });
  answers.shift()!(bytesAt(1));
  await vi.waitFor(() => expect(answers).toHaveLength(1));
  answers.shift()!(bytesAt(2));
  await vi.waitFor(() => expect(saved).toEqual([1, 2]));

  // What is saved already is not saved again, and nothing is after the end.
  tell({ type: 'paused', step: 2 });
  tell({ type: 'step', step: 3, stage: 'align' });
  await autosave.end();
  tell({ type: 'paused', step: 3 });
  await new Promise((resolve) => setTimeout(resolve));
  expect(save).toHaveBeenCalledTimes(2);
});
