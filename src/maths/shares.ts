const UNITS = 1_000_000;

/**
 * Shares of positive amounts, in millionths, that add up to exactly one million units (largest remainder, ties to the first).
 * Amounts that are not above 0 get 0. All zero when nothing is positive.
 */
export const sharesOf = (amounts: readonly number[]): number[] => {
  const total = amounts.reduce((sum, amount) => sum + Math.max(0, amount), 0);
  if (!(total > 0)) return amounts.map(() => 0);
  const exact = amounts.map((amount) => (Math.max(0, amount) / total) * UNITS);
  const units = exact.map(Math.floor);
  let left = UNITS - units.reduce((sum, unit) => sum + unit, 0);
  const byRemainder = exact
    .map((value, index) => ({ index, rest: value - Math.floor(value) }))
    .sort((a, b) => b.rest - a.rest || a.index - b.index);
  for (const { index } of byRemainder) {
    if (left <= 0) break;
    if (amounts[index]! > 0) {
      units[index]! += 1;
      left -= 1;
    }
  }
  return units.map((unit) => unit / UNITS);
};
