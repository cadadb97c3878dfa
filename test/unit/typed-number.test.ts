import { describe, expect, it } from 'vitest';
import { readNumber } from '../../src/engine/recipe/text/typed-number.ts';
import { readNumbers } from '../../src/engine/recipe/text/typed-numbers.ts';

const value = (text: string, kind: 'whole' | 'any') => {
  const read = readNumber(text, kind);
  return read.ok ? read.value : read.message;
};

describe('a typed number', () => {
  it.each([
    ['1000', 1000],
    ['1,000', 1000],
    ['10,000', 10_000],
    ['1 000', 1000],
    ['1\u00a0000', 1000],
    ['1\u202f000', 1000],
    ["1'000", 1000],
    ['1,000,000', 1_000_000],
    ['1.000.000', 1_000_000],
    [' 20 ', 20],
    ['20.', 20],
    ['2e3', 2000],
    ['+7', 7],
    ['−7', -7],
    ['１２', 12],
    ['1.0', 1],
    ['0,001', 'Enter a whole number.'],
    ['1.5', 'Enter a whole number.'],
    ['1,5', 'Enter a whole number.'],
    ['', 'Enter a whole number.'],
    ['twelve', 'Enter a whole number.'],
    ['0x10', 'Enter a whole number.'],
    ['10²', 'Enter a whole number.'],
    ['1.000', '“1.000” could be 1000 or 1: write 1000 or 1.'],
    ['1,00,000', 'Enter a whole number. Leave out the separators between its digits.'],
    ['1 00', 'Enter a whole number. Leave out the separators between its digits.'],
  ])('in a whole-number field: %j is %j', (text, expected) => expect(value(text, 'whole')).toBe(expected));

  it.each([
    ['0.001', 0.001],
    ['0,001', 0.001],
    ['1e-3', 0.001],
    ['5E-4', 0.0005],
    ['1,5e-3', 0.0015],
    [',5', 0.5],
    ['.5', 0.5],
    ['1,5', 1.5],
    ['1.000', 1],
    ['1 000', 1000],
    ['1 000,5', 1000.5],
    ['1,234.5', 1234.5],
    ['1.234,5', 1234.5],
    ['1,000,000', 1_000_000],
    ['1,000', '“1,000” could be 1000 or 1: write 1000 or 1.'],
    ['-10,000', '“-10,000” could be -10000 or -10: write -10000 or -10.'],
    ['1.234.5', 'Enter a number. Leave out the separators between its digits.'],
    ['1,2,3', 'Enter a number. Leave out the separators between its digits.'],
    ['Infinity', 'Enter a number.'],
    ['1e999', 'Enter a smaller number.'],
    ['NaN', 'Enter a number.'],
    ['1e', 'Enter a number.'],
  ])('where decimals may stand: %j is %j', (text, expected) => expect(value(text, 'any')).toBe(expected));
});

describe('a typed list of numbers', () => {
  const values = (text: string, kind: 'whole' | 'any') => {
    const read = readNumbers(text, kind);
    return read.ok ? read.values : read.message;
  };

  it.each([
    ['5e-4, 1e-3, 2e-3', [5e-4, 1e-3, 2e-3]],
    ['1e-4 1e-2', [1e-4, 1e-2]],
    ['0.1,0.2,0.4', [0.1, 0.2, 0.4]],
    ['0,001', [0.001]],
    ['0,5; 1,5', [0.5, 1.5]],
    ['0.5, ', [0.5]],
    ['', []],
    ['0,5', '“0,5” could be one number or 2: write “0.5” for one, “0; 5” for several.'],
    ['1,000', '“1,000” could be 1000 or 1: write 1000 or 1.'],
    ['0.1, x', 'Enter a number.'],
  ])('where decimals may stand: %j is %j', (text, expected) => expect(values(text, 'any')).toEqual(expected));

  it.each([
    ['1,2,4', [1, 2, 4]],
    ['1,2', [1, 2]],
    ['8 16', [8, 16]],
    ['1,000, 2,000', [1000, 2000]],
    ['1 000; 2 000', [1000, 2000]],
    ['100; 200', [100, 200]],
    ['100 200', '“100 200” could be one number or 2: write “100200” for one, “100; 200” for several.'],
    ['0,001', 'Enter a whole number.'],
  ])('of a whole-number field: %j is %j', (text, expected) =>
    expect(values(text, 'whole')).toEqual(expected),
  );
});
