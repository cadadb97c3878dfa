import { unzipSync, type UnzipFileInfo } from 'fflate';
import { EngineError } from './errors.ts';

/** A file that a person chose or dropped, by its path from where the choice begins. */
export interface OwnFile {
  path: string;
  file: Blob;
}

/** The one zip that a person chose, if it is that. */
export function zipOf(files: readonly OwnFile[]): OwnFile | undefined {
  const [only] = files;
  return files.length === 1 && only !== undefined && /\.zip$/i.test(only.path) ? only : undefined;
}

/** What a zip holds, by path: all of it, or what is wanted. @throws EngineError `file-corrupt` */
export async function entriesOf(
  { path, file }: OwnFile,
  wanted?: (entry: UnzipFileInfo) => boolean,
): Promise<(readonly [path: string, content: Blob])[]> {
  const content = new Uint8Array(await file.arrayBuffer());
  try {
    return Object.entries(unzipSync(content, wanted && { filter: wanted })).map(([name, bytes]) => [
      plainName(name),
      new Blob([bytes]),
    ]);
  } catch (error) {
    throw new EngineError(
      'file-corrupt',
      `“${path}” cannot be unpacked here.`,
      'Unpack it and choose the folder.',
      { cause: error },
    );
  }
}

/** Macs write names in UTF-8 without saying so, which then come as Latin-1; older tools of Windows separate folders by backslashes. */
function plainName(name: string): string {
  const codes = Array.from(name, (letter) => letter.codePointAt(0)!);
  let read = name;
  if (codes.some((code) => code > 127) && codes.every((code) => code < 256))
    try {
      read = new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.from(codes));
    } catch {
      // It was Latin-1.
    }
  return read.replaceAll('\\', '/');
}
