import { readNumber, type NumberKind } from './typed-number.ts';

/**
 * A list of numbers as typed: `1e-3, 2e-3`, `1 2 4`, `1,2,4`, or with decimal commas `0,5; 1,5`. What could be one number or several
 * (`1,200`; `100 200`) is refused.
 */
export function readNumbers(
  typed: string,
  kind: NumberKind,
): { ok: true; values: number[] } | { ok: false; message: string } {
  const values: number[] = [];
  for (const entry of typed.split(/;|,(?=\s|$)/)) {
    const text = entry.trim();
    if (text === '') continue;
    const one = readNumber(text, kind);
    const parts = text.split(/[\s,]+/);
    const several = parts.flatMap((part) => {
      // Nobody begins a number of its own with “00”.
      const read = /^[+-]?0\d/.test(part) ? undefined : readNumber(part, kind);
      return read?.ok ? [read.value] : [];
    });
    const isList = parts.length > 1 && several.length === parts.length;
    const isOne = one.ok || one.ambiguous === true;
    // A semicolon says that everything else is inside a number.
    if (isList && isOne && !typed.includes(';'))
      return {
        ok: false,
        message: `“${text}” could be one number or ${parts.length}: write “${one.ok ? one.value : parts.join('')}” for one, “${parts.join('; ')}” for several.`,
      };
    if (isList && !isOne) values.push(...several);
    else if (one.ok) values.push(one.value);
    else return { ok: false, message: one.message };
  }
  return { ok: true, values };
}
