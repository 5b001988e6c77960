import { type AddressInfo, connect, createServer } from 'node:net';
import type { TestContext } from 'node:test';

/** A TCP proxy on loopback that counts what the client sends: what is really on the wire. */
export async function openCountingProxy(t: TestContext, targetPort: number) {
  let sentBytes = 0;
  const server = createServer((client) => {
    const target = connect(targetPort, 'localhost');
    for (const socket of [client, target]) socket.on('error', () => client.destroy());
    client.on('data', (chunk) => {
      sentBytes += chunk.length;
    });
    client.pipe(target).pipe(client);
  });
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  t.after(() => server.close());
  return { port: (server.address() as AddressInfo).port, sentBytes: () => sentBytes };
}
