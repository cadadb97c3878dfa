import type { z } from 'zod';

/** What was measured or checked on this device before, where it still reads as `schema`; otherwise what `make` finds, kept for the next time. */
export async function remembered<T>(key: string, schema: z.ZodType<T>, make: () => Promise<T>): Promise<T> {
  const kept = await openStore();
  const found = schema.safeParse(
    await kept
      ?.match(key)
      .then((response) => response?.json() as Promise<unknown>)
      .catch(() => undefined),
  );
  if (found.success) return found.data;
  const made = await make();
  await remember(key, made);
  return made;
}

/** What `remembered` finds under the key from then on. */
export async function remember(key: string, value: unknown): Promise<void> {
  const kept = await openStore();
  await kept?.put(key, Response.json(value)).catch(() => undefined);
}

/** Storage may be forbidden (private windows): then every visit measures. */
function openStore(): Promise<Cache | undefined> {
  return 'caches' in self
    ? caches.open('genrecal-device-1').catch(() => undefined)
    : Promise.resolve(undefined);
}
