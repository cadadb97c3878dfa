import { expect, it } from 'vitest';
import type { TrainEvent, WatchedExample } from '../../src/engine/run/events.ts';
import { recordFromJson, recordToJson } from '../../src/engine/run/record-json.ts';
import { addEvent } from '../../src/engine/run/record.ts';
import { wiringOf } from '../../src/panels/model/parts.ts';
import type { Phase } from '../../src/panels/model/phases.ts';
import { headsText, travels } from '../../src/panels/model/told-step.tsx';
import { begun, recipe } from './run-fixtures.ts';

const example: WatchedExample = {
  question: 'What is this?',
  answer: 'Apple.',
  questionTokens: { teacher: 27, student: 15 },
  answerTokens: { teacher: ['App', 'le', '.', ''], student: ['apple', '.'] },
  picture: Uint8ClampedArray.from({ length: 16 }, (_, i) => (i % 4 === 3 ? 255 : i)),
  heads: {
    teacher: [{ text: 'App', probability: 0.75 }],
    recalibrator: [
      { text: 'Dog', probability: 0.5 },
      { text: 'App', probability: 0.25 },
    ],
  },
};

it('a watched step survives a file with its picture and its heads, and one of before has none', () => {
  const record = begun();
  const { picture: _picture, heads: _heads, ...before } = example;
  for (const watched of [example, before])
    addEvent(record, 0, { type: 'example', step: 3, example: watched } satisfies TrainEvent);
  const read = recordFromJson(JSON.parse(JSON.stringify(recordToJson(record))));
  expect(read.events.map(({ event }) => event.type === 'example' && event.example)).toEqual([
    example,
    before,
  ]);
});

it('tokens go along the arrows of the moment: the answer’s in each model’s own, features by their name', () => {
  const { flows } = wiringOf(recipe(), 'distil', true);
  const at = (key: Phase['key'], parts: Phase['parts']) =>
    travels(flows, { key, parts, title: '', text: '' }, example).map(
      ({ from, to, tokens }) => `${from}>${to} ${tokens.join('|')}`,
    );
  expect(at('tokens', ['teacherTokens', 'studentTokens']).sort()).toEqual([
    'examples>studentTokens apple|.',
    'examples>teacherTokens App|le|.|␣',
  ]);
  expect(at('recBody', ['recBody']).sort()).toEqual(['pre>recBody App|le|.|␣', 'studentBody>recBody z_qs']);
  expect(at('heads', ['studentHead'])).toEqual(['studentBody>studentHead apple|.']);
  expect(at('losses', ['mainCe'])).toEqual([]);
});

it('says in words what stands at the heads', () => {
  expect(headsText(example)).toBe(
    'In the place of “App” the teacher’s own features say “App” 75.0\u00a0%; the recalibrated ones “Dog” 50.0\u00a0%, “App” 25.0\u00a0%',
  );
  expect(headsText({ ...example, heads: undefined })).toBeUndefined();
});
