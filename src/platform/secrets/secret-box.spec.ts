import { describe, expect, it } from 'vitest';
import { SecretBox } from './secret-box.js';

const secret = 'whsec_bm9ib2R5IG1heSByZWFkIHRoaXM=';

describe('a secret at rest', () => {
  it('shows nothing of itself, differs each time and opens for its owner under its key alone', () => {
    const box = new SecretBox('a-key-of-at-least-sixteen');
    const sealed = box.seal(secret, 'hook-1');
    expect(sealed).not.toContain(secret.slice(6, 16));
    expect(box.seal(secret, 'hook-1')).not.toBe(sealed);
    expect(box.seal(sealed, 'hook-1')).toBe(sealed);
    expect(box.open(sealed, 'hook-1')).toBe(secret);
    for (const [other, owner] of [
      [box, 'hook-2'],
      [new SecretBox('another-key-of-sixteen'), 'hook-1'],
      [new SecretBox(undefined), 'hook-1'],
    ] as const)
      expect(() => other.open(sealed, owner)).toThrow(expect.objectContaining({ code: 'VIT_CONFIG_SECRET_KEY' }));
    const last = sealed.at(-1) === 'A' ? 'Q' : 'A';
    expect(() => box.open(sealed.slice(0, -1) + last, 'hook-1')).toThrow();
  });

  it('is kept as it is where no key is given, and still read once one is', () => {
    expect(new SecretBox(undefined).seal(secret, 'hook-1')).toBe(secret);
    expect(new SecretBox('a-key-of-at-least-sixteen').open(secret, 'hook-1')).toBe(secret);
  });
});
