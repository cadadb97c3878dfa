/** Storage may be forbidden (private windows): then files are simply fetched each time. */
export function openCache(): Promise<Cache | undefined> {
  return 'caches' in self
    ? caches.open('genrecal-files-1').catch(() => undefined)
    : Promise.resolve(undefined);
}
