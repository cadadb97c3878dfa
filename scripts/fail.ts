import { toFailure } from '../src/engine/errors.ts';

/** Ends a script that failed: what happened and what to do about it; where it is a fault of the code, all that is known of it. */
export function fail(error: unknown): never {
  const failure = toFailure(error);
  console.error(`${failure.message}\n${failure.action}`);
  if (failure.code === 'internal') console.error(error);
  process.exit(1);
}
