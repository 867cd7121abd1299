import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { Problem } from '../http/problem.js';

const SEALED = 'sealed:1:';
const IV_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Keeps secrets that have to be used again (so that a hash will not do) out of the database's clear text: AES-256-GCM under a key that
 * stands in the settings alone. Without such a key texts are kept as they are. `owner` binds a sealed text to its row: it opens nowhere else.
 */
export class SecretBox {
  private readonly key: Buffer | null;

  constructor(secretKey: string | undefined) {
    this.key =
      secretKey === undefined ? null : Buffer.from(hkdfSync('sha256', secretKey, '', 'vitrine secrets at rest', 32));
  }

  /** True when texts are sealed from now on. */
  get locks(): boolean {
    return this.key !== null;
  }

  static isSealed(text: string): boolean {
    return text.startsWith(SEALED);
  }

  /** What to store. What is sealed already stays as it is. */
  seal(text: string, owner: string): string {
    if (this.key === null || SecretBox.isSealed(text)) return text;
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.key, iv).setAAD(Buffer.from(owner));
    const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    return SEALED + Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64url');
  }

  /** What was sealed. @throws Problem `VIT_CONFIG_SECRET_KEY` when the key is missing or another one */
  open(stored: string, owner: string): string {
    if (!SecretBox.isSealed(stored)) return stored;
    if (this.key === null) throw locked('VITRINE_SECRET_KEY is missing: this secret was stored under one.');
    const bytes = Buffer.from(stored.slice(SEALED.length), 'base64url');
    try {
      const decipher = createDecipheriv('aes-256-gcm', this.key, bytes.subarray(0, IV_BYTES))
        .setAAD(Buffer.from(owner))
        .setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
      return Buffer.concat([decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]).toString('utf8');
    } catch (error) {
      throw locked('VITRINE_SECRET_KEY is not the one under which this secret was stored.', error);
    }
  }
}

const locked = (detail: string, cause?: unknown): Problem =>
  new Problem({
    code: 'VIT_CONFIG_SECRET_KEY',
    status: 503,
    fault: 'shop',
    title: 'A secret can not be read',
    detail,
    cause,
  });
