import { expect, it } from 'vitest';
import { formatCount, formatExactly, formatNumber } from '../../src/panels/lib/format.ts';

it('numbers that people read have no exponent', () => {
  const read = [2873, 999.6, 12_345, 64, 0.0123, 0, 1.7e12, 3e-9].map(formatNumber);
  expect(read).toEqual(['2,870', '1,000', '12,300', '64.0', '0.0123', '0.00', '1.70e12', '3.00e−9']);
  expect([12_345, 1234.5, 1.5].map(formatExactly)).toEqual(['12,350', '1,235', '1.500']);
  expect([999, 999_499, 999_600, 1_234_567].map(formatCount)).toEqual([
    '999',
    '999\u00a0k',
    '1.00\u00a0M',
    '1.23\u00a0M',
  ]);
});
