/** Seconds as a clock shows them: “0:07”, “12:30” or “1:05:00”. */
export function clockTime(seconds: number): string {
  const s = Math.round(seconds);
  const two = (value: number) => String(value).padStart(2, '0');
  const minutes = Math.floor(s / 60);
  return s < 3600
    ? `${minutes}:${two(s % 60)}`
    : `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(s % 60)}`;
}
