/** 1234567 → “1.23 M”; three significant digits. */
export function formatCount(value: number): string {
  if (value >= 1e6) return `${(value / 1e6).toPrecision(3)} M`;
  if (value >= 1e3) return `${(value / 1e3).toPrecision(3)} k`;
  return String(value);
}

/** Bytes in decimal units, as browsers show downloads. */
export function formatBytes(value: number): string {
  if (value >= 1e9) return `${(value / 1e9).toFixed(2)} GB`;
  if (value >= 1e6) return `${(value / 1e6).toFixed(1)} MB`;
  return `${Math.round(value / 1e3)} kB`;
}

/** 0.423 → “42.3 %”. */
export function formatPercent(value: number): string {
  return `${(value * 100).toFixed(1)} %`;
}

/** 0.042 → “+4.2”, in percentage points. */
export function formatPoints(value: number): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value * 100).toFixed(1)}`;
}

/** −0.042 → “−0.04”. */
export function formatCosine(value: number): string {
  return value.toFixed(2).replace('-', '−');
}

/** Seconds as “1 h 05 min”, “3 min 20 s” or “12 s”. */
export function formatDuration(seconds: number): string {
  const s = Math.round(seconds);
  if (s >= 3600)
    return `${Math.floor(s / 3600)} h ${String(Math.floor((s % 3600) / 60)).padStart(2, '0')} min`;
  if (s >= 60) return `${Math.floor(s / 60)} min ${String(s % 60).padStart(2, '0')} s`;
  return `${s} s`;
}

/** “llvmpipe: Mesa 25.0.7 (LLVM 15.0.6) 0.0.1” → “llvmpipe: Mesa 25.0.7”: without what drivers add in brackets. */
export function shortAdapter(adapter: string): string {
  return adapter.split(' (')[0]!;
}
