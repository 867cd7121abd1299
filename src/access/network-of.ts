import ipaddr from 'ipaddr.js';

/** Who shares an allowance: an IPv4 address, or the /64 of an IPv6 one, all of which a single customer is given and may change within at will. */
export const networkOf = (address: string): string => {
  if (!ipaddr.isValid(address)) return address;
  const parsed = ipaddr.process(address);
  if (parsed.kind() === 'ipv4') return parsed.toString();
  const [a, b, c, d] = (parsed as ipaddr.IPv6).parts.map((part) => part.toString(16));
  return `${a}:${b}:${c}:${d}::/64`;
};
