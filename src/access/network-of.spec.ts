import { describe, expect, it } from 'vitest';
import { networkOf } from './network-of.js';

describe('whose allowance an address draws on', () => {
  it('is the address itself, or the network that one customer of IPv6 has', () => {
    expect(networkOf('203.0.113.7')).toBe('203.0.113.7');
    expect(networkOf('::ffff:203.0.113.7')).toBe('203.0.113.7');
    expect(networkOf('2001:db8:1:2:3:4:5:6')).toBe(networkOf('2001:db8:1:2:ffff::1'));
    expect(networkOf('2001:db8:1:2::1')).not.toBe(networkOf('2001:db8:1:3::1'));
    expect(networkOf('nonsense')).toBe('nonsense');
  });
});
