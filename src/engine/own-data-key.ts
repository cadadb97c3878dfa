/** How recipes, records and links name a person's own data: what they were called when they were opened, and 12 digits of their hash. */
export const ownDataKey = /^[^@\p{C}]{1,60}@[0-9a-f]{12}$/u;

/** What people call them. */
export function ownDataName(key: string): string {
  return key.split('@')[0]!;
}

/** Whether two recipes are about the same data: a folder that was renamed holds what it held. Undefined are the built-in ones. */
export function sameOwnData(a: string | undefined, b: string | undefined): boolean {
  return a?.split('@')[1] === b?.split('@')[1];
}
