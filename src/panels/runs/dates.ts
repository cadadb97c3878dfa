const short = new Intl.DateTimeFormat(undefined, {
  month: 'short',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
});
const long = new Intl.DateTimeFormat(undefined, { dateStyle: 'long' });

/** An ISO date as “23 Nov, 17:40”, in the browser's own order. */
export function formatWhen(iso: string): string {
  return short.format(new Date(iso));
}

/** An ISO date as “23 November 2026”. */
export function formatDay(iso: string): string {
  return long.format(new Date(iso));
}
