import { toFailure } from '../../engine/errors.ts';
import { checkResult } from '../../engine/run/class-result.ts';
import type { ClassEntry } from '../slices/class-slice.ts';

/** Results found in a text, and what of it is none, each in a sentence. */
export interface Found {
  entries: ClassEntry[];
  faults: string[];
}

const quote = '["“”„«»]';
const start = new RegExp(`\\{\\s*${quote}format${quote}\\s*:\\s*${quote}genrecal-result${quote}`, 'g');

/**
 * Results as people paste them: one a line, perhaps with a name before it (“Anna: {…}”), perhaps broken over lines or with curly quotes by the
 * mail that brought it.
 */
export function readLines(text: string): Found {
  const found: Found = { entries: [], faults: [] };
  const starts = [...text.matchAll(start)].map(({ index }) => index);
  let from = 0;
  const lineOf = (at: number) => text.slice(0, at).split('\n').length;
  /** What stands between results; @returns its last line, which may be a name. */
  const between = (to: number, nameFollows: boolean): string => {
    const lines = text.slice(from, to).split('\n');
    const name = nameFollows ? lines.pop()! : '';
    lines.forEach((line, i) => {
      if (/[\p{L}\p{N}]/u.test(line))
        found.faults.push(`Line ${lineOf(from) + i} is no result: “${line.trim().slice(0, 40)}”.`);
    });
    return name;
  };
  starts.forEach((at, i) => {
    const who = between(at, true);
    const until = starts[i + 1] ?? text.length;
    const end = endOf(text, at, until);
    const line = lineOf(at);
    if (end === undefined) {
      found.faults.push(`Line ${line} is cut short: copy that result again.`);
      // The name of the next one may stand in front of it.
      const lineEnd = text.lastIndexOf('\n', until - 1);
      from = lineEnd > at ? lineEnd + 1 : until;
      return;
    }
    from = end;
    try {
      const name = who.replace(/^[\s>*•\-–]+|[\s:;,=\-–>]+$/g, '').slice(0, 60);
      found.entries.push({
        who: name === '' ? undefined : name,
        result: checkResult(parsed(text.slice(at, end))),
      });
    } catch (error) {
      const { message, action } = toFailure(error);
      found.faults.push(`Line ${line}: ${message} ${action}`);
    }
  });
  between(text.length, false);
  return found;
}

/** Where the object that begins at `at` ends; undefined where it does not before `until`. */
function endOf(text: string, at: number, until: number): number | undefined {
  let depth = 0;
  for (let i = at; i < until; i++) {
    if (text[i] === '{') depth++;
    if (text[i] === '}' && --depth === 0) return i + 1;
  }
  return undefined;
}

function parsed(text: string): unknown {
  const line = text.replaceAll(/\s*\n\s*/g, ' ');
  try {
    return JSON.parse(line);
  } catch {
    try {
      return JSON.parse(line.replaceAll(new RegExp(quote, 'g'), '"'));
    } catch {
      return undefined;
    }
  }
}
