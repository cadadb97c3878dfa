import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';

const types: Record<string, string> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.webmanifest': 'application/manifest+json',
};

/** A static host, below a sub-path, whose folder can be replaced and which can go away. Nothing it sends may be kept by HTTP. */
export class Site {
  private constructor(
    private readonly server: Server,
    private folder: string,
  ) {
    server.on('request', (request, response) => {
      const name = new URL(request.url!, 'http://site').pathname.replace(/^\/site\//, '') || 'index.html';
      const file = path.join(this.folder, name);
      if (!existsSync(file) || !statSync(file).isFile()) {
        response.writeHead(404).end();
        return;
      }
      const type = types[path.extname(file)] ?? 'application/octet-stream';
      response.writeHead(200, { 'content-type': type, 'cache-control': 'no-store' });
      createReadStream(file).pipe(response);
    });
  }

  static async open(folder: string): Promise<Site> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new Site(server, folder);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/site/`;
  }

  /** Puts another build in the place of the one there was. */
  publish(folder: string): void {
    this.folder = folder;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
