import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import type { OtlpTarget } from '../config/config.ts';
import { SondeError } from '../errors/sonde-error.ts';

export interface TlsFiles {
  readonly authority: Buffer | undefined;
  readonly clientCertificate: Buffer | undefined;
  readonly clientKey: Buffer | undefined;
}

/** Reads the TLS files and proves that they can be used, before the first request needs them. */
export function readTlsFiles(config: OtlpTarget): TlsFiles {
  const files: TlsFiles = {
    authority: read(config.certificateFile),
    clientCertificate: read(config.clientCertificateFile),
    clientKey: read(config.clientKeyFile),
  };
  try {
    // A context takes an authority that is no certificate without a word.
    if (files.authority) new X509Certificate(files.authority);
    createSecureContext({ ca: files.authority, cert: files.clientCertificate, key: files.clientKey });
  } catch (cause) {
    const names = [config.certificateFile, config.clientCertificateFile, config.clientKeyFile].filter(Boolean);
    throw new SondeError('SND_EXP_CREDENTIALS', `${names.join(', ')}: ${messageOf(cause)}`, { cause });
  }
  return files;
}

function read(path: string | undefined): Buffer | undefined {
  if (path === undefined) return undefined;
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new SondeError('SND_EXP_CREDENTIALS', `${path}: ${messageOf(cause)}`, { cause });
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
