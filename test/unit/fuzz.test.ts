import { describe, expect, it } from 'vitest';
import { EngineError } from '../../src/engine/errors.ts';
import { Random } from '../../src/engine/random.ts';
import { fileCases } from './fuzz-files.ts';
import { runCases } from './fuzz-runs.ts';

/** Every parser of the project, fed with damaged input: a sane value or one clear error, and nothing in between. */

const cases = [...fileCases, ...runCases];

/** What JavaScript and libraries say of themselves, and nobody can act on. */
const raw =
  /Cannot read|is not a function|is not iterable|Maximum call stack|is not defined|\[object |Invalid array length|outside the bounds|Unexpected token '|Invalid input|^\[|received null/;

describe('damaged input', () => {
  it.each(cases)('$name: $count times a sane value or one clear error', async ({ count, read, sane }) => {
    for (let seed = 1; seed <= count; seed++) {
      const random = new Random(seed);
      let value: unknown;
      try {
        value = await read(random);
      } catch (error) {
        const about = `seed ${seed}: ${error instanceof Error ? (error.stack ?? '') : String(error)}`;
        expect(error, about).toBeInstanceOf(EngineError);
        const { code, message, action } = error as EngineError;
        expect(code, about).not.toBe('internal');
        expect(message, about).toMatch(/^\S.{15,600}$/s);
        expect(message, about).not.toMatch(raw);
        expect(action, about).toMatch(/^[A-Z].*\.$/s);
        continue;
      }
      try {
        sane(value);
      } catch (error) {
        throw new Error(`seed ${seed} was accepted`, { cause: error });
      }
    }
  });

  it('is at least a thousand times tried, and reaches no prototype', () => {
    expect(cases.reduce((sum, { count }) => sum + count, 0)).toBeGreaterThan(1000);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });
});
