/**
 * The exponent b of y = a · xᵇ that fits best: least squares in logarithms. NaN with fewer than two different sizes.
 * Zero and negative values can't be fitted and are left out.
 */
export const fitExponent = (points: readonly (readonly [x: number, y: number])[]): number => {
  const logs = points.filter(([x, y]) => x > 0 && y > 0).map(([x, y]) => [Math.log(x), Math.log(y)] as const);
  const meanX = logs.reduce((sum, [x]) => sum + x, 0) / logs.length;
  const meanY = logs.reduce((sum, [, y]) => sum + y, 0) / logs.length;
  const spread = logs.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
  return spread === 0 ? Number.NaN : logs.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0) / spread;
};
