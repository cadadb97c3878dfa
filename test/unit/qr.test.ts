import { describe, expect, it } from 'vitest';
import { qrPath } from '../../src/panels/qr/qr-path.ts';

/** The dark modules of a path, as “x y”. */
const dark = (path: string) => new Set([...path.matchAll(/M(\d+) (\d+)/g)].map(([, x, y]) => `${x} ${y}`));

describe('a QR code', () => {
  it('has the three finder patterns in its corners, and grows with the text', () => {
    const { path, size } = qrPath('https://example.org/#preset=nano-quick')!;
    expect(size).toBe(29);
    const modules = dark(path);
    for (const [left, top] of [
      [0, 0],
      [size - 7, 0],
      [0, size - 7],
    ] as const) {
      for (let i = 0; i < 7; i++) {
        expect(modules.has(`${left + i} ${top}`)).toBe(true);
        expect(modules.has(`${left + i} ${top + 6}`)).toBe(true);
      }
      expect(modules.has(`${left + 1} ${top + 1}`)).toBe(false);
      expect(modules.has(`${left + 3} ${top + 3}`)).toBe(true);
    }
    expect(qrPath('x'.repeat(600))!.size).toBeGreaterThan(size);
  });

  it('is none where a text is longer than any code', () => {
    expect(qrPath('x'.repeat(5000))).toBeUndefined();
  });
});
