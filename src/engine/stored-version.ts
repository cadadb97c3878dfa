import { z } from 'zod';
import { EngineError, type EngineErrorCode } from './errors.ts';
import { whatIsWrong } from './what-is-wrong.ts';

/** A kind of data that outlives the page, and the version in which this page writes it. */
export interface StoredFormat {
  /** Begins a sentence, e.g. “The saved run”. */
  name: string;
  version: number;
  code: EngineErrorCode;
  /** What to do about data that no page reads any more. */
  action: string;
}

/**
 * Refuses what this page has no reader for. A reader of an older version brings what it reads to the present one before this is asked.
 * @throws EngineError
 */
export function requireVersion({ name, version, code, action }: StoredFormat, found: unknown): void {
  if (found === version) return;
  if (typeof found === 'number' && found > version)
    throw new EngineError(
      code,
      `${name} was made by a newer version of this page.`,
      'Reload the page to get that version.',
    );
  throw new EngineError(
    code,
    typeof found === 'number'
      ? `${name} was made by an older version of this page (${found}), which is no longer read; this page reads ${version}.`
      : `${name} is damaged: it does not say its version.`,
    action,
  );
}

/** The first thing that is wrong, in one line: a schema's finding, or the reader's own words. */
export function reasonOf(error: unknown): string {
  if (error instanceof z.ZodError) return whatIsWrong(error);
  // JavaScript's own errors tell what it stumbled over, not what is wrong with the file.
  return error instanceof Error && error.name === 'Error' ? error.message.split('\n')[0]! : 'it is damaged';
}
