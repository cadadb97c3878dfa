import { expect, it } from 'vitest';
import { glossary, partsOf } from '../../src/panels/terms/glossary.ts';

const words = (text: string) =>
  partsOf(text).flatMap(({ text: part, entry }) => (entry === undefined ? [] : [part]));

it('finds the words of the field in a text, whole, the longest, each once', () => {
  expect(words('L_main·KL is 0.4 nats as it is, 1.7 nats without z_qs')).toEqual([
    'L_main',
    'KL',
    'nats',
    'z_qs',
  ]);
  expect(words('Held-out accuracy, exact match')).toEqual(['Held-out', 'exact match']);
  expect(words('trains the Recalibrator: L_main + L_reg')).toEqual(['Recalibrator', 'L_main', 'L_reg']);
  expect(words('GenRecals and z_qst')).toEqual([]);
  const text = 'SFT beats SFT (CE)';
  expect(
    partsOf(text)
      .map((part) => part.text)
      .join(''),
  ).toBe(text);
});

it('explains each word once, in one or two sentences', () => {
  const all = glossary.flatMap((entry) => entry.words);
  expect(new Set(all).size).toBe(all.length);
  for (const { words: own, text } of glossary) {
    expect(text, own[0]).toMatch(/^[A-Z].*\.$/);
    expect(text.split(/\. (?=[A-Z])/).length, own[0]).toBeLessThanOrEqual(2);
  }
});
