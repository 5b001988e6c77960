import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../command.ts';

/** PEM files of one authority: a server on localhost, and a client. */
export interface Certificates {
  readonly authority: string;
  readonly serverCertificate: string;
  readonly serverKey: string;
  readonly clientCertificate: string;
  readonly clientKey: string;
}

/** Makes an authority of its own in the directory; another call there makes another that nobody trusts. */
export async function makeCertificates(
  directory: string,
  name: string,
  serverName = 'localhost',
): Promise<Certificates> {
  const own = join(directory, name);
  mkdirSync(own, { recursive: true });
  const file = (part: string) => join(own, part);
  await openssl(
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-days',
    '2',
    '-subj',
    `/CN=${name} authority`,
    '-keyout',
    file('ca.key'),
    '-out',
    file('ca.pem'),
  );
  for (const [part, extension] of [
    ['server', `subjectAltName=DNS:${serverName}${serverName === 'localhost' ? ',IP:127.0.0.1' : ''}`],
    ['client', 'extendedKeyUsage=clientAuth'],
  ] as const) {
    writeFileSync(file(`${part}.ext`), `${extension}\n`);
    await openssl(
      'req',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-nodes',
      '-subj',
      `/CN=${part}`,
      '-keyout',
      file(`${part}.key`),
      '-out',
      file(`${part}.csr`),
    );
    await openssl(
      'x509',
      '-req',
      '-in',
      file(`${part}.csr`),
      '-CA',
      file('ca.pem'),
      '-CAkey',
      file('ca.key'),
      '-CAcreateserial',
      '-days',
      '2',
      '-extfile',
      file(`${part}.ext`),
      '-out',
      file(`${part}.pem`),
    );
  }
  return {
    authority: file('ca.pem'),
    serverCertificate: file('server.pem'),
    serverKey: file('server.key'),
    clientCertificate: file('client.pem'),
    clientKey: file('client.key'),
  };
}

const openssl = (...args: string[]): Promise<unknown> => run('openssl', args);
