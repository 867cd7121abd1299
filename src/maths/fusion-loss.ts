import type { FusionNetwork } from './fusion-network.js';

/** One batch: pairs of items with the modalities that dropout left on each side. */
export interface FusionBatch {
  a: Int32Array;
  b: Int32Array;
  weight: Float32Array;
  maskA: Int32Array;
  maskB: Int32Array;
  /** ln of how often each item is drawn as a partner. */
  logQ: Float64Array;
  temperature: number;
  /** Whether k is a known partner of i and so no negative. */
  partners: (i: number, k: number) => boolean;
}

/**
 * InfoNCE over the batch with popularity correction (Yi 2019): −ln softmax_k(a·b_k/τ − ln q_k) at the own partner, both directions; known partners and the item itself
 * are no negatives. Returns the mean loss and, when `gradient` is given, adds its gradient. Cost pairs² · d + pairs · modalities · d · rank.
 */
export function fusionLoss(network: FusionNetwork, batch: FusionBatch, gradient: Float64Array | null): number {
  const n = batch.a.length;
  const d = network.dimension;
  const sides = [
    Array.from(batch.a, (i, k) => network.forward(i, batch.maskA[k]!)),
    Array.from(batch.b, (i, k) => network.forward(i, batch.maskB[k]!)),
  ] as const;
  const ids = [batch.a, batch.b] as const;
  const from = [
    Array.from({ length: n }, () => new Float64Array(d)),
    Array.from({ length: n }, () => new Float64Array(d)),
  ] as const;
  let loss = 0;
  let mass = 0;
  for (let k = 0; k < n; k++) if (sides[0][k] && sides[1][k]) mass += 2 * batch.weight[k]!;
  if (mass === 0) return 0;
  const logits = new Float64Array(n);
  for (const s of [0, 1] as const) {
    for (let i = 0; i < n; i++) {
      const query = sides[s][i];
      if (!query || !sides[(1 - s) as 0 | 1][i]) continue;
      let highest = Number.NEGATIVE_INFINITY;
      for (let k = 0; k < n; k++) {
        const other = sides[(1 - s) as 0 | 1][k];
        const id = ids[(1 - s) as 0 | 1][k]!;
        if (
          !other ||
          (k !== i && (id === ids[s][i] || id === ids[(1 - s) as 0 | 1][i] || batch.partners(ids[s][i]!, id)))
        ) {
          logits[k] = Number.NEGATIVE_INFINITY;
          continue;
        }
        let dot = 0;
        for (let a = 0; a < d; a++) dot += query.vector[a]! * other.vector[a]!;
        logits[k] = dot / batch.temperature - batch.logQ[id]!;
        highest = Math.max(highest, logits[k]!);
      }
      let total = 0;
      for (let k = 0; k < n; k++) total += Math.exp(logits[k]! - highest);
      const share = batch.weight[i]! / mass;
      loss += share * (Math.log(total) + highest - logits[i]!);
      if (!gradient) continue;
      for (let k = 0; k < n; k++) {
        if (logits[k] === Number.NEGATIVE_INFINITY) continue;
        const g = (share * (Math.exp(logits[k]! - highest) / total - (k === i ? 1 : 0))) / batch.temperature;
        if (g === 0) continue;
        const other = sides[(1 - s) as 0 | 1][k]!;
        const toQuery = from[s][i]!;
        const toOther = from[(1 - s) as 0 | 1][k]!;
        for (let a = 0; a < d; a++) {
          toQuery[a]! += g * other.vector[a]!;
          toOther[a]! += g * query.vector[a]!;
        }
      }
    }
  }
  if (gradient)
    for (const s of [0, 1] as const)
      for (const [k, fusing] of sides[s].entries()) if (fusing) network.backward(fusing, from[s][k]!, gradient);
  return loss;
}
