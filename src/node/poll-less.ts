/** ms between two looks for finished work. */
const rest = 1;

/** What an addon passes: a function without code of its own. A bound one has some, elsewhere. */
function isNative(callback: () => void): boolean {
  return (
    !callback.name.startsWith('bound ') &&
    Function.prototype.toString.call(callback).includes('[native code]')
  );
}

let polls = true;

/**
 * Dawn's binding looks for finished work at every turn of the event loop while something is awaited, and so keeps a core busy. From an adapter in
 * software it takes that core away: there it is to look once a millisecond. Everybody else's `setImmediate` stays as it is.
 */
export function pollLess(): void {
  if (!polls) return;
  polls = false;
  const { setImmediate: soon, setTimeout: later } = globalThis;
  const replaced = (callback: (...values: unknown[]) => void, ...values: unknown[]) =>
    isNative(callback) ? later(callback, rest, ...values) : soon(callback, ...values);
  globalThis.setImmediate = Object.assign(replaced, soon);
}
