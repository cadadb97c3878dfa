import { Zip, ZipDeflate, ZipPassThrough } from 'fflate';

/** Bytes packed at once: the page stays alive in between. */
const chunk = 1 << 20;

/** Files as a ZIP, packed in small pieces, each of them short work. Only texts and drawings shrink. */
export async function pack(files: ReadonlyMap<string, Uint8Array>): Promise<Blob> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let failure: Error | undefined;
  const zip = new Zip((error, data) => {
    if (error) failure = error;
    else parts.push(data);
  });
  for (const [name, bytes] of files) {
    const file = /\.(jsonl?|txt|md)$|^pictures\./.test(name)
      ? new ZipDeflate(name)
      : new ZipPassThrough(name);
    zip.add(file);
    for (let at = 0; at < bytes.length; at += chunk) {
      // The stream may hand the piece on as it is.
      file.push(bytes.slice(at, at + chunk), at + chunk >= bytes.length);
      await new Promise((resolve) => setTimeout(resolve));
    }
    if (bytes.length === 0) file.push(new Uint8Array(0), true);
  }
  zip.end();
  if (failure !== undefined) throw failure;
  return new Blob(parts, { type: 'application/zip' });
}
