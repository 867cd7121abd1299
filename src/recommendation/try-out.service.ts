import { Inject, Injectable } from '@nestjs/common';
import { ActiveBehaviour } from '../behaviour/behaviour.api.js';
import { LiveExperiments } from '../experiments/experiments.api.js';
import { ImpressionLog } from '../interactions/interactions.api.js';
import type { RuleInput } from '../merchandising/merchandising.api.js';
import { type Caller, DATABASE, type Database, notFound, Problem } from '../platform/platform.api.js';
import { compileFilter, LiveCatalogue, readFilter } from '../retrieval/retrieval.api.js';
import { ActiveBlend, readBlend } from './active-blend.js';
import { ArmPipelines } from './arm-pipelines.js';
import { type Blend, DEFAULT_BLEND } from './blend-model.js';
import { type LiveRule, LiveRules } from './live-rules.js';
import { OtherFusions } from './other-fusions.js';
import { overlay, rewired } from './overlay.js';
import type { RecommendationAnswer } from './recommendation.schema.js';
import { RecommendationService } from './recommendation.service.js';
import type { TryOutRequest } from './try-out.schema.js';

const AMOUNT = 0.3;

/**
 * The pipeline as it might be, for people who decide: copies of the very services that answer shoppers, over another fusion model's vectors,
 * another blend or behaviour model, or rules with a draft among them. No impression is logged, and what serves stays as it is.
 */
@Injectable()
export class TryOutService {
  constructor(
    private readonly service: RecommendationService,
    private readonly live: LiveCatalogue,
    private readonly blends: ActiveBlend,
    private readonly behaviour: ActiveBehaviour,
    private readonly experiments: LiveExperiments,
    private readonly rules: LiveRules,
    private readonly impressions: ImpressionLog,
    private readonly fusions: OtherFusions,
    private readonly arms: ArmPipelines,
    @Inject(DATABASE) private readonly database: Database,
  ) {}

  /**
   * As `RecommendationService.recommend`, under the given circumstances.
   * @throws Problem 404 for a version that is not in the registry, 409 for a fusion model that cannot be filled, 400 for a draft whose
   *   filter is wrong.
   */
  async ask(input: TryOutRequest, caller: Caller): Promise<RecommendationAnswer> {
    const { models = {}, rule } = input;
    const parts = new Map<unknown, object>([
      // Outside every experiment, and seen by nobody.
      [this.experiments, overlay(this.experiments, { exposureOf: () => null })],
      [this.impressions, overlay(this.impressions, { log: () => undefined })],
      [this.rules, this.withRules(rule ? draftOf(rule) : null, new Set(input.withoutRules))],
    ]);
    if (models.blend !== undefined) {
      const blend = await this.blend(models.blend);
      parts.set(this.blends, overlay(this.blends, { current: () => blend, of: () => blend }));
    }
    if (models.behaviour !== undefined) {
      const version = models.behaviour;
      await this.behaviour.prepare([...this.experiments.named('behaviour'), version]);
      const model = this.behaviour.byVersion(version);
      if (!model) throw notFound('model', version);
      parts.set(this.behaviour, overlay(this.behaviour, { current: () => model }));
    }
    if (models.fusion !== undefined && models.fusion !== this.live.fusion) {
      const filled = await this.fusions.of(models.fusion);
      for (const [part, instead] of this.arms.partsOf(filled)) parts.set(part, instead);
    }
    return rewired(this.service, parts, this.arms.through).recommend(input.request, caller);
  }

  private withRules(draft: LiveRule | null, without: ReadonlySet<string>): LiveRules {
    return overlay(this.rules, {
      at: (placement, now) => [
        ...this.rules.at(placement, now).filter(({ id }) => !without.has(id)),
        ...(draft && (draft.placement === null || draft.placement === placement) ? [draft] : []),
      ],
    });
  }

  private async blend(version: string): Promise<Blend> {
    const row = await this.database.query
      .selectFrom('models')
      .select(['version', 'parameters'])
      .where('kind', '=', 'blend')
      .where('version', '=', version)
      .executeTakeFirst();
    if (!row) throw notFound('model', version);
    return { ...DEFAULT_BLEND, ...readBlend(row.version, row.parameters), version: row.version };
  }
}

/** A rule that nobody has stored, as the pipeline reads one; its dates do not matter. */
const draftOf = (input: RuleInput): LiveRule => {
  const { filter, errors } = input.filter ? readFilter(input.filter, 'rule.filter') : { filter: null, errors: [] };
  if (errors.length > 0)
    throw new Problem({
      code: 'VIT_RULE_INVALID',
      status: 400,
      title: 'The rule is not valid',
      detail: `${errors[0]!.path}: ${errors[0]!.message}`,
      errors: [...errors],
    });
  const ids = new Set(input.itemIds);
  const holds = filter && compileFilter(filter);
  return {
    id: 'draft',
    kind: input.kind,
    placement: input.placement ?? null,
    itemIds: [...ids],
    filter,
    amount: input.amount ?? AMOUNT,
    position: input.position ?? 1,
    matches: (item) => ids.has(item.id) || holds?.(item) === true,
  };
};
