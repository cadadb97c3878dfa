import type { Random } from '../../src/engine/random.ts';

/** Ways in which files go wrong, drawn from a seeded generator: the same seed makes the same file. */

const deep = (levels: number): unknown => {
  let value: unknown = 1;
  for (let i = 0; i < levels; i++) value = i % 2 === 0 ? [value] : { type: 'Sequence', normalizers: value };
  return value;
};

/** What stands where something else belongs. */
const strangers: readonly (() => unknown)[] = [
  () => null,
  () => undefined,
  () => true,
  () => '',
  () => 'F64',
  () => '1,000',
  () => '\uD800\u0000',
  () => 'x'.repeat(50_000),
  () => -1,
  () => 0,
  () => 0.5,
  () => 1e308,
  () => 2 ** 53,
  () => Number.NaN,
  () => Number.POSITIVE_INFINITY,
  () => [],
  () => ({}),
  () => [[], {}, null],
  () => ({ length: 1e9 }),
  () => deep(20),
  () => deep(20_000),
  () =>
    JSON.parse('{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}') as unknown,
];
const strangeKeys = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', '', 'x'.repeat(200)];

type Container = Record<string, unknown> | unknown[];
const isContainer = (value: unknown): value is Container => typeof value === 'object' && value !== null;

/** Values with one to three places changed: taken away, swapped for a stranger, renamed, repeated. */
export function mutateJson(value: unknown, random: Random): unknown {
  const root = { value: structuredClone(value) };
  for (let n = 1 + random.int(3); n > 0; n--) mutateOnce(root, random);
  return root.value;
}

function mutateOnce(root: Record<string, unknown>, random: Random): void {
  let parent: Container = root;
  let key: string | number = 'value';
  // Near the root as often as in the leaves.
  for (let stop = false; !stop; stop = random.next() < 0.3) {
    const next: unknown = (parent as Record<string | number, unknown>)[key];
    if (!isContainer(next) || Object.keys(next).length === 0) break;
    parent = next;
    key = Array.isArray(next) ? random.int(next.length) : random.pick(Object.keys(next));
  }
  const holder = parent as Record<string | number, unknown>;
  const put = (name: string, what: unknown) =>
    Object.defineProperty(holder, name, {
      value: what,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  switch (random.int(6)) {
    case 0:
      if (Array.isArray(parent)) parent.splice(key as number, 1);
      else delete holder[key];
      return;
    case 1:
      if (Array.isArray(parent)) parent.push(parent[key as number]);
      else put(random.pick(strangeKeys), holder[key]);
      return;
    case 2:
      if (!Array.isArray(parent)) {
        const moved = holder[key];
        delete holder[key];
        put(`${key}_`, moved);
        return;
      }
      parent.reverse();
      return;
    default:
      holder[key] = random.pick(strangers)();
  }
}

/** Bytes flipped, cut short, doubled, overwritten, or a text in another encoding. */
export function mutateBytes(bytes: Uint8Array, random: Random): Uint8Array {
  const at = random.int(Math.max(1, bytes.length));
  const length = 1 + random.int(Math.min(64, Math.max(1, bytes.length - at)));
  const changed = bytes.slice();
  const join = (...parts: Uint8Array[]) => Uint8Array.from(parts.flatMap((part) => [...part]));
  switch (random.int(9)) {
    case 0:
      return bytes.slice(0, at);
    case 1:
      return join(bytes.subarray(0, at), bytes.subarray(at + length));
    case 2:
      return join(bytes.subarray(0, at + length), bytes.subarray(at));
    case 3:
      return changed.fill(random.pick([0, 0xff, 0x20, 0x22]), at, at + length);
    case 4:
      return join(Uint8Array.of(0xef, 0xbb, 0xbf), bytes);
    case 5:
      return new Uint8Array(Uint16Array.from(bytes.subarray(0, 4096)).buffer);
    case 6:
      return new Uint8Array(0);
    default:
      // Headers stand in front: half of the flips are among the first bytes.
      for (let n = 1 + random.int(4); n > 0; n--) {
        const where = random.int(random.next() < 0.5 ? Math.min(64, bytes.length) : bytes.length);
        changed[where] = changed[where]! ^ (1 << random.int(8));
      }
      return changed;
  }
}

/** A text with characters taken out, repeated, swapped for separators and other scripts' signs. */
export function mutateText(text: string, random: Random): string {
  const characters = [...text];
  const odd = [
    ...'.,;:=&%#+-−\'’ \u00a0\u202f\u200b٣３²eE0١"{}[]\\',
    '%zz',
    '%00',
    '&amp;',
    '__proto__',
    'NaN',
    '9'.repeat(400),
  ];
  for (let n = 1 + random.int(4); n > 0; n--) {
    const at = random.int(characters.length + 1);
    switch (random.int(4)) {
      case 0:
        characters.splice(at, 1 + random.int(3));
        break;
      case 1:
        characters.splice(at, 0, ...characters.slice(at, at + 1 + random.int(8)));
        break;
      default:
        characters.splice(at, random.int(2), random.pick(odd));
    }
  }
  return characters.join('');
}
