/** The first character of what `hide` writes: another way of hiding has another one. */
const version = '1';

/** A text that nobody reads at a glance, for an address: no secret, only no spoiler. */
export function hide(text: string): string {
  const plain = new TextEncoder().encode(text);
  const bytes = mixed(Uint8Array.of(...plain, checksum(plain)));
  const base64 = btoa(String.fromCharCode(...bytes));
  return version + base64.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** The reverse of `hide`; undefined where the code was cut or changed, or is of another version. */
export function readHidden(code: string): string | undefined {
  if (!code.startsWith(version)) return undefined;
  try {
    const base64 = code.slice(version.length).replaceAll('-', '+').replaceAll('_', '/');
    const bytes = mixed(Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)));
    const plain = bytes.subarray(0, -1);
    return checksum(plain) === bytes.at(-1)
      ? new TextDecoder('utf-8', { fatal: true }).decode(plain)
      : undefined;
  } catch {
    return undefined;
  }
}

/** Its own reverse. */
function mixed(bytes: Uint8Array): Uint8Array {
  return bytes.map((byte, i) => byte ^ ((i * 89 + 167) & 255));
}

/** Changes with every byte and with their order. */
function checksum(bytes: Uint8Array): number {
  return bytes.reduce((sum, byte) => (sum * 31 + byte + 1) & 255, 7);
}
