import { EngineError } from '../errors.ts';

/**
 * A name that a recipe gives, as one of those that a data set has.
 * @param what it names, for people
 * @throws EngineError `recipe-invalid`
 */
export function oneOf<T extends string>(names: readonly T[], what: string, name: string): T {
  const found = names.find((candidate) => candidate === name);
  if (found !== undefined) return found;
  throw new EngineError(
    'recipe-invalid',
    `The questions that this pair is asked have no ${what} “${name}”.`,
    `Choose among ${names.join(', ')}.`,
  );
}
