import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { httpSource, readJson } from '../../src/engine/models/checkpoints/source.ts';
import { folderSource } from '../../src/node/folder-source.ts';

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

async function serve(listener: RequestListener): Promise<URL> {
  server = createServer(listener);
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/site/`);
}

describe('files over HTTP', () => {
  it('come whole, below the site’s folder, with progress as they arrive', async () => {
    const paths: string[] = [];
    let sendRest = () => {};
    const base = await serve((request, response) => {
      paths.push(request.url!);
      response.writeHead(200, { 'content-length': 6 });
      response.write(Buffer.from([1, 2, 3]));
      sendRest = () => response.end(Buffer.from([4, 5, 6]));
    });
    const seen: [number, number | undefined][] = [];
    const bytes = await httpSource(base).bytes('data/x.bin', {
      onBytes: (loaded, total) => {
        seen.push([loaded, total]);
        if (loaded === 3) sendRest();
      },
    });
    expect(Array.from(bytes)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(paths).toEqual(['/site/data/x.bin']);
    expect(seen).toEqual([
      [3, 6],
      [6, 6],
    ]);
  });

  it('name what is missing, with the server’s answer', async () => {
    const base = await serve((_, response) => response.writeHead(404).end());
    await expect(httpSource(base).bytes('checkpoints/a')).rejects.toMatchObject({
      code: 'file-missing',
      message: expect.stringMatching(/checkpoints\/a.*404/) as string,
    });
  });

  it('are missing where a server answers every path with its page', async () => {
    const base = await serve((_, response) => {
      response.writeHead(200, { 'content-type': 'text/html' }).end('\n<!DOCTYPE html><title>App</title>');
    });
    const message = expect.stringMatching(/“checkpoints\/a\.json”.*a page instead/) as string;
    await expect(readJson(httpSource(base), 'checkpoints/a.json')).rejects.toMatchObject({
      code: 'file-missing',
      message,
    });
  });

  it('are truncated when the connection breaks in the middle', async () => {
    let cut = () => {};
    const base = await serve((_, response) => {
      response.writeHead(200, { 'content-length': 100 });
      response.write('half');
      cut = () => response.destroy();
    });
    await expect(httpSource(base).bytes('a', { onBytes: () => cut() })).rejects.toMatchObject({
      code: 'file-truncated',
    });
  });

  it('stop when they are told to, with the caller’s reason', async () => {
    const base = await serve(() => undefined);
    const abort = new AbortController();
    const reading = httpSource(base).bytes('a', { signal: abort.signal });
    abort.abort();
    await expect(reading).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('files of a folder', () => {
  it('are named when missing, or when they are no JSON', async () => {
    const source = folderSource('public');
    await expect(source.bytes('no-such-file')).rejects.toMatchObject({ code: 'file-missing' });
    await expect(readJson(source, 'data/README.md')).rejects.toMatchObject({ code: 'file-corrupt' });
  });
});
