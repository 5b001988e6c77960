import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Certificate {
  readonly certFile: string;
  readonly keyFile: string;
  readonly cert: Buffer;
  readonly key: Buffer;
}

export interface CertificateOptions {
  readonly commonName: string;
  /** As in the extension subjectAltName. */
  readonly names?: string;
  /** Negative: it has ended. */
  readonly days?: number;
  /** Self-signed without one. */
  readonly issuer?: Certificate;
}

/** A real certificate by openssl, in the directory of the test. */
export function makeCertificate(directory: string, name: string, options: CertificateOptions): Certificate {
  const { commonName, names = 'IP:127.0.0.1,DNS:localhost', days = 2, issuer } = options;
  const file = (suffix: string) => join(directory, `${name}.${suffix}`);
  const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: ['ignore', 'pipe', 'pipe'] });
  openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', file('key'));
  openssl('req', '-new', '-key', file('key'), '-subj', `/CN=${commonName}`, '-out', file('csr'));
  writeFileSync(
    file('ext'),
    issuer ? `subjectAltName=${names}\n` : `subjectAltName=${names}\nbasicConstraints=CA:true\n`,
  );
  const signer = issuer
    ? ['-CA', issuer.certFile, '-CAkey', issuer.keyFile, '-CAcreateserial']
    : ['-signkey', file('key')];
  openssl(
    'x509',
    '-req',
    '-in',
    file('csr'),
    '-extfile',
    file('ext'),
    '-days',
    String(days),
    ...signer,
    '-out',
    file('crt'),
  );
  return {
    certFile: file('crt'),
    keyFile: file('key'),
    cert: readFileSync(file('crt')),
    key: readFileSync(file('key')),
  };
}
