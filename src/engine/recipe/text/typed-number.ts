/** Whether a field takes whole numbers alone; it decides what `1,000` can mean. */
export type NumberKind = 'whole' | 'any';

export type TypedNumber =
  | { ok: true; value: number }
  /** `ambiguous`: it is a number, but nobody can say which. */
  | { ok: false; message: string; ambiguous?: true };

/** An optional sign; digits, perhaps with separators in between; an optional power of ten. */
const form = /^([+-]?)(\d[\d.,' ]*|[.,]\d+)(e[+-]?\d+)?$/i;
/** Digits in groups of three, all with the separator `mark`. */
const grouped = (mark: string) => new RegExp(`^[1-9]\\d{0,2}(?:\\${mark}\\d{3})+$`);
/** Marks that group and never stand before decimals. */
const groupOnly = new Set([' ', "'"]);

/**
 * The one reading of a number that a person types: `1e-3`, `0.001`, `0,001`, `1 000`, `1'000`, `1,000,000`, `1.234,5`. In a
 * whole-number field `1,000` is 1000. What has two readings (`1,000` where decimals may stand, `1.000` where none may) is refused,
 * naming both.
 */
export function readNumber(typed: string, kind: NumberKind): TypedNumber {
  const text = plainSigns(typed);
  const enter = kind === 'whole' ? 'Enter a whole number.' : 'Enter a number.';
  const parts = form.exec(text);
  if (parts === null) return { ok: false, message: enter };
  const [, sign = '', digits = '', power = ''] = parts;
  const readings = readingsOf(digits, kind).map((reading) => Number(sign + reading + power));
  const [value] = readings;
  if (value === undefined)
    return { ok: false, message: `${enter} Leave out the separators between its digits.` };
  if (!readings.every(Number.isFinite)) return { ok: false, message: 'Enter a smaller number.' };
  if (readings.length > 1) {
    const either = readings.join(' or ');
    return { ok: false, message: `“${text}” could be ${either}: write ${either}.`, ambiguous: true };
  }
  if (kind === 'whole' && !Number.isInteger(value)) return { ok: false, message: enter };
  return { ok: true, value };
}

/** What digits with separators can mean, as JavaScript writes it; nothing where they are put together wrongly. */
function readingsOf(digits: string, kind: NumberKind): string[] {
  const [mark, decimalMark, ...more] = new Set(digits.replace(/\d/g, ''));
  if (mark === undefined) return [digits];
  if (more.length > 0) return [];
  if (decimalMark !== undefined) {
    const [whole = '', decimals = '', ...rest] = digits.split(decimalMark);
    const fits = rest.length === 0 && !groupOnly.has(decimalMark) && grouped(mark).test(whole);
    return fits && /^\d*$/.test(decimals) ? [`${whole.replaceAll(mark, '')}.${decimals}`] : [];
  }
  const asGroups = grouped(mark).test(digits) ? [digits.replaceAll(mark, '')] : [];
  const mayBeDecimal = !groupOnly.has(mark) && digits.split(mark).length === 2;
  const asDecimal = mayBeDecimal ? [digits.replace(mark, '.')] : [];
  if (mark === ',' && kind === 'whole' && asGroups.length > 0) return asGroups;
  // Where decimals may stand, a point is the decimal point.
  if (mark === '.' && kind === 'any' && mayBeDecimal) return asDecimal;
  return [...asGroups, ...asDecimal];
}

/** Full-width characters, and the many kinds of space, apostrophe and minus, as on a plain keyboard. */
function plainSigns(typed: string): string {
  return typed
    .replace(/[！-～]/g, (character) => String.fromCharCode(character.charCodeAt(0) - 0xfee0))
    .replace(/\s/g, ' ')
    .replace(/[’ʼ]/g, "'")
    .replace(/[−–]/g, '-')
    .trim();
}
