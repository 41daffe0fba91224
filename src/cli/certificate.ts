import { X509Certificate } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const dayMs = 86_400_000;
/** What Apple's clients accept at most. */
const validDays = 825;
const renewDays = 30;

/** The files of a self-signed certificate in this folder, made when they are missing or soon expire. */
export async function selfSignedFiles(folder: string): Promise<{ cert: string; key: string }> {
  const files = { cert: join(folder, 'tls-cert.pem'), key: join(folder, 'tls-key.pem') };
  if (existsSync(files.key) && (await isGood(files.cert))) return files;
  // Slow to load, and needed once in two years.
  const { generate } = await import('selfsigned');
  const now = Date.now();
  const made = await generate([{ name: 'commonName', value: 'localhost' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    notBeforeDate: new Date(now - dayMs),
    notAfterDate: new Date(now + validDays * dayMs),
    extensions: [
      { name: 'basicConstraints', cA: false },
      { name: 'keyUsage', digitalSignature: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 7, ip: '127.0.0.1' },
          { type: 7, ip: '::1' },
        ],
      },
    ],
  });
  await mkdir(folder, { recursive: true });
  await writeFile(files.key, made.private, { mode: 0o600 });
  await writeFile(files.cert, made.cert);
  return files;
}

async function isGood(path: string): Promise<boolean> {
  try {
    const { validTo } = new X509Certificate(await readFile(path));
    return Date.parse(validTo) > Date.now() + renewDays * dayMs;
  } catch {
    return false;
  }
}
