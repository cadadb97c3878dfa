import { EngineError } from '../src/engine/errors.ts';
import { readNumber } from '../src/engine/recipe/text/typed-number.ts';

/**
 * A whole number given as an option, read as the page reads what is typed.
 * @throws EngineError `recipe-invalid` naming the option
 */
export function countOption(name: string, text: string, least = 1): number {
  const read = readNumber(text, 'whole');
  if (read.ok && read.value >= least) return read.value;
  throw new EngineError(
    'recipe-invalid',
    `--${name} ${text}: ${read.ok ? `Enter ${least} or more.` : read.message}`,
    `Give --${name} a whole number from ${least} on.`,
  );
}
