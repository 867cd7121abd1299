import { type LoggedDecision, type OffPolicyEstimate, snips } from '../maths/maths.api.js';

/** A list that was shown, as the log keeps it, with what was clicked of it. */
export interface LoggedList {
  /** In order; `propensity` is the probability with which the item took its place. */
  items: readonly { id: string; propensity: number; placedBy: string }[];
  clicked: ReadonlySet<string>;
  /** The arm of an experiment with the probability of that arm. */
  experiment: { id: string; arm: string; share: number } | null;
}

/** What another way of serving would have brought; `estimate` is null where too little of the log bears on it. */
export interface PolicyEstimate {
  policy: string;
  /** What is estimated: clicks on the last place of a list, or lists with a click. */
  of: 'clicks of the last place' | 'lists with a click';
  decisions: number;
  estimate: OffPolicyEstimate | null;
}

/**
 * Off-policy estimates (`snips`) from lists that were logged with propensities. The last place of explored lists: as it was served, never exploring, always exploring. Arms of
 * experiments: the share of lists with a click if that arm alone were served. Cost lists · 500 resamples.
 */
export function offPolicyEstimates(lists: readonly LoggedList[], seed: number): PolicyEstimate[] {
  const last = lists.flatMap((list) => {
    const item = list.items.at(-1);
    return item && item.propensity > 0 && item.propensity < 1
      ? [{ item, reward: list.clicked.has(item.id) ? 1 : 0 }]
      : [];
  });
  const kept = last.find(({ item }) => item.placedBy !== 'exploration');
  // Lists that kept their last item did so with 1 − share; without one, all that is known is that every list explored.
  const share = kept ? 1 - kept.item.propensity : 1;
  const place = (policy: string, target: (explored: boolean, propensity: number) => number): PolicyEstimate => {
    const decisions = last.map(
      ({ item, reward }): LoggedDecision => ({
        reward,
        propensity: item.propensity,
        target: target(item.placedBy === 'exploration', item.propensity),
      }),
    );
    return {
      policy,
      of: 'clicks of the last place',
      decisions: decisions.filter((d) => d.target > 0).length,
      estimate: snips(decisions, seed),
    };
  };
  const estimates =
    last.length === 0
      ? []
      : [
          place('as served', (_, propensity) => propensity),
          place('never exploring', (explored) => (explored ? 0 : 1)),
          place('always exploring', (explored, propensity) => (explored ? propensity / share : 0)),
        ];
  const experiments = new Map<string, Set<string>>();
  for (const { experiment } of lists)
    if (experiment) experiments.set(experiment.id, (experiments.get(experiment.id) ?? new Set()).add(experiment.arm));
  for (const [id, arms] of [...experiments].sort())
    for (const arm of [...arms].sort()) {
      const decisions = lists
        .filter((list) => list.experiment?.id === id)
        .map(
          (list): LoggedDecision => ({
            reward: list.clicked.size > 0 ? 1 : 0,
            propensity: list.experiment!.share,
            target: list.experiment!.arm === arm ? 1 : 0,
          }),
        );
      estimates.push({
        policy: `${id}: ${arm}`,
        of: 'lists with a click',
        decisions: decisions.filter((d) => d.target > 0).length,
        estimate: snips(decisions, seed),
      });
    }
  return estimates;
}
