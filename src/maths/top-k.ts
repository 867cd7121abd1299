/**
 * The `k` best of `scores[from … from + length − 1]`, best first, positions relative to `from`; ties go to the lower position; −Infinity and NaN
 * never qualify. Writes positions into `out` and returns how many. Cost O(length + hits · k): right for k ≤ a few hundred.
 */
export function topK(scores: ArrayLike<number>, from: number, length: number, k: number, out: Int32Array): number {
  if (k <= 0) return 0;
  if (k > 48) return topKHeap(scores, from, length, k, out);
  let count = 0;
  let floor = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < length; i++) {
    const s = scores[from + i] as number;
    if (!(s > floor)) continue;
    let at = count < k ? count++ : k - 1;
    while (at > 0 && (scores[from + out[at - 1]!] as number) < s) {
      out[at] = out[at - 1]!;
      at--;
    }
    out[at] = i;
    if (count === k) floor = scores[from + out[k - 1]!] as number;
  }
  return count;
}

function topKHeap(scores: ArrayLike<number>, from: number, length: number, k: number, out: Int32Array): number {
  // A heap with the worst kept entry on top; `worse` breaks ties towards the lower position.
  const worse = (a: number, b: number): boolean => {
    const sa = scores[from + a] as number;
    const sb = scores[from + b] as number;
    return sa < sb || (sa === sb && a > b);
  };
  let count = 0;
  for (let i = 0; i < length; i++) {
    const s = scores[from + i] as number;
    if (!(s > Number.NEGATIVE_INFINITY)) continue;
    if (count < k) {
      let at = count++;
      while (at > 0) {
        const parent = (at - 1) >> 1;
        if (!worse(i, out[parent]!)) break;
        out[at] = out[parent]!;
        at = parent;
      }
      out[at] = i;
    } else if (s > (scores[from + out[0]!] as number)) {
      let at = 0;
      for (;;) {
        let child = 2 * at + 1;
        if (child >= k) break;
        if (child + 1 < k && worse(out[child + 1]!, out[child]!)) child++;
        if (!worse(out[child]!, i)) break;
        out[at] = out[child]!;
        at = child;
      }
      out[at] = i;
    }
  }
  out.subarray(0, count).sort((a, b) => (scores[from + b] as number) - (scores[from + a] as number) || a - b);
  return count;
}
