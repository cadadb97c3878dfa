/** Between a number and its unit: no line ends there. */
const unitSpace = '\u00a0';

/** What a number is called that has no digits. */
function inWords(value: number): string | undefined {
  if (Number.isFinite(value)) return undefined;
  return Number.isNaN(value) ? 'not a number' : value > 0 ? '∞' : '−∞';
}

/** Numbers of a run may be infinite, or none at all: every formatter says so. */
function measured(format: (value: number) => string): (value: number) => string {
  return (value) => inWords(value) ?? format(value);
}

/** So many significant digits, without an exponent wherever a person reads the number faster without. */
function significant(value: number, digits: number): string {
  const size = Math.abs(value);
  if (size >= 1e9 || (size > 0 && size < 1e-6))
    return value
      .toExponential(digits - 1)
      .replace('e+', 'e')
      .replaceAll('-', '−');
  const text = value.toPrecision(digits);
  return size >= 999 ? Number(text).toLocaleString('en') : text;
}

/** 0.012345 → “0.0123”, 2873 → “2,870”. */
export const formatNumber = measured((value) => significant(value, 3));

/** One digit more, for numbers that are to be added up. */
export const formatExactly = measured((value) => significant(value, 4));

/** 0.0002 → “2.0e-4”. */
export const formatScientific = measured((value) => (value === 0 ? '0' : value.toExponential(1)));

/** 1234567 → “1.23 M”; three significant digits. */
export const formatCount = measured((value) => {
  if (value >= 999_500) return `${significant(value / 1e6, 3)}${unitSpace}M`;
  if (value >= 1e3) return `${significant(value / 1e3, 3)}${unitSpace}k`;
  return String(value);
});

/** Bytes in decimal units, as browsers show downloads. */
export const formatBytes = measured((value) => {
  if (value >= 1e9) return `${(value / 1e9).toFixed(2)}${unitSpace}GB`;
  if (value >= 1e6) return `${(value / 1e6).toFixed(1)}${unitSpace}MB`;
  return `${Math.round(value / 1e3)}${unitSpace}kB`;
});

/** 0.423 → “42.3 %”. */
export const formatPercent = measured((value) => `${(value * 100).toFixed(1)}${unitSpace}%`);

/** 0.423 → “42 %”. */
export const formatWholePercent = measured((value) => `${Math.round(value * 100)}${unitSpace}%`);

/** 0.042 → “+4.2”, in percentage points. */
export const formatPoints = measured(
  (value) => `${value < 0 ? '−' : '+'}${Math.abs(value * 100).toFixed(1)}`,
);

/** −0.042 → “−0.04”; never “−0.00”. */
export const formatFine = measured((value) =>
  (Math.abs(value) < 0.005 ? 0 : value).toFixed(2).replace('-', '−'),
);

/** Seconds as “1 h 05 min”, “3 min 20 s” or “12 s”. */
export const formatDuration = measured((seconds) => {
  const s = Math.round(seconds);
  if (s >= 3600)
    return `${Math.floor(s / 3600)}${unitSpace}h ${String(Math.floor((s % 3600) / 60)).padStart(2, '0')}${unitSpace}min`;
  if (s >= 60) return `${Math.floor(s / 60)}${unitSpace}min ${String(s % 60).padStart(2, '0')}${unitSpace}s`;
  return `${s}${unitSpace}s`;
});

/** “llvmpipe: Mesa 25.0.7 (LLVM 15.0.6) 0.0.1” → “llvmpipe: Mesa 25.0.7”: without what drivers add in brackets. */
export function shortAdapter(adapter: string): string {
  return adapter.split(' (')[0]!;
}
