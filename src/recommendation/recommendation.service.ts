import { randomUUID } from 'node:crypto';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { assertMayActFor } from '../access/access.api.js';
import { ActiveBehaviour } from '../behaviour/behaviour.api.js';
import { ENCODER, type Encoder, ModalityVectors } from '../embedding/embedding.api.js';
import { LiveExperiments } from '../experiments/experiments.api.js';
import { ActiveFusion } from '../fusion/fusion.api.js';
import { ImpressionLog } from '../interactions/interactions.api.js';
import { PlacementBook } from '../merchandising/merchandising.api.js';
import {
  assertNoPrivateAttribute,
  type Caller,
  CLOCK,
  type Clock,
  Problem,
  roleSuffices,
  stage,
  stageNow,
} from '../platform/platform.api.js';
import { type Bitset, everything, LiveCatalogue, parseFilter, Retrieval } from '../retrieval/retrieval.api.js';
import { ActiveBlend } from './active-blend.js';
import { answerItem, segmentTimes } from './answer-item.js';
import { ArmPipelines } from './arm-pipelines.js';
import { CandidateFinder } from './candidate-finder.js';
import { type Context, ContextReader } from './context-reader.js';
import { Crowd, keysOf } from './crowd.js';
import { interestProbes } from './interest-probes.js';
import { makeList, type PlacedItem } from './list-maker.js';
import { type LiveRule, LiveRules } from './live-rules.js';
import { Pace } from './pace.js';
import type { Question } from './question.js';
import { onePerGroup } from './ranking.js';
import type { RecommendationAnswer, RecommendationRequest } from './recommendation.schema.js';
import { Scorer } from './scorer.js';
import { type Visitor, VisitorReader } from './visitor-reader.js';

/** What calls of other shapes (search, similar, popular) say beside a recommendation request. */
export interface AskOptions {
  /** Prefix of the paths in errors about what is looked at. */
  at?: 'context' | '';
  /** A list for everybody: the visitor's token says nothing, and want of a history is no fallback. */
  impersonal?: boolean;
}

const LIMIT = 12;
const DIVERSITY = 0.2;

/** The pipeline: context and past → questions → candidates → blend → rules → diversity → reasons → answer, and the impression. */
@Injectable()
export class RecommendationService implements OnModuleInit {
  constructor(
    private readonly catalogue: LiveCatalogue,
    private readonly retrieval: Retrieval,
    private readonly behaviour: ActiveBehaviour,
    private readonly fusion: ActiveFusion,
    private readonly blend: ActiveBlend,
    private readonly experiments: LiveExperiments,
    private readonly arms: ArmPipelines,
    private readonly ruleBook: LiveRules,
    private readonly placements: PlacementBook,
    private readonly contexts: ContextReader,
    private readonly visitors: VisitorReader,
    private readonly finder: CandidateFinder,
    private readonly crowd: Crowd,
    private readonly scorer: Scorer,
    private readonly pace: Pace,
    private readonly impressions: ImpressionLog,
    private readonly vectors: ModalityVectors,
    @Inject(ENCODER) private readonly encoder: Encoder,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Behaviour models that arms of experiments name are in memory before anybody is served with them. */
  onModuleInit(): Promise<void> {
    return this.experiments.onChange(() => this.behaviour.prepare(this.experiments.named('behaviour')));
  }

  /**
   * Exactly `min(limit, matching products)` items and why; never an error for a cold visitor, a cold item or an empty shop.
   * @throws Problem 403 when the caller may not act for the person, filter by a private attribute or ask for `debug`; 400 for a picture that can't be read, an unknown
   *   upload or a wrong filter.
   */
  async recommend(
    request: RecommendationRequest,
    caller: Caller,
    options: AskOptions = {},
  ): Promise<RecommendationAnswer> {
    assertMayActFor(caller, request);
    if (!roleSuffices(caller.role, 'server')) assertNoPrivateAttribute(request.filter);
    if (request.debug && !roleSuffices(caller.role, 'server')) {
      throw new Problem({
        code: 'VIT_ACCESS_DEBUG',
        status: 403,
        title: 'Not allowed',
        detail: 'debug: true needs a server key.',
      });
    }
    return (await this.pipelineFor(request, caller, options)).answer(request, caller, options);
  }

  /** This pipeline, or its copy over another fusion model's vectors where an arm of an experiment names one. */
  private async pipelineFor(
    request: RecommendationRequest,
    caller: Caller,
    options: AskOptions,
  ): Promise<RecommendationService> {
    if (this.experiments.named('fusion').length === 0) return this;
    const who = whoAsks(request, caller, options);
    const visitor = await this.visitors.read({ ...who, sessionId: request.sessionId, consent: request.consent });
    const version = visitor.consent ? this.experiments.exposureOf(request.placement, who)?.models.fusion : undefined;
    return version === undefined ? this : this.arms.copyOf(this, version);
  }

  private async answer(
    request: RecommendationRequest,
    caller: Caller,
    options: AskOptions,
  ): Promise<RecommendationAnswer> {
    const started = performance.now();
    const question = await stage('recommend.question', () => this.question(request, caller, options));
    const asked = performance.now();
    await this.pace.turn();
    const tables = this.crowd.tables(question);
    const probes = [...question.context.probes, ...question.interests];
    const wanted = question.rules.flatMap((rule) => this.wantedBy(rule, question.allowed));
    const found = await stage('recommend.candidates', () =>
      this.finder.find(probes, Object.values(tables), wanted, question.allowed, question.limit + 20, question),
    );
    const retrieved = performance.now();
    await this.pace.turn(true);
    const { list, weights } = stageNow('recommend.ranking', () => {
      const { ranked, weights } = this.scorer.rank(question, tables, found);
      const list = makeList(onePerGroup(ranked), {
        limit: question.limit,
        diversity: question.diversity,
        rules: question.rules,
        catalogue: this.catalogue,
        seed: this.seed(question),
      });
      return { list, weights };
    });
    const segments = await segmentTimes(list, this.catalogue, this.vectors);
    const personalized = question.visitor.consent && question.visitor.past.liked.size > 0;
    const answer: RecommendationAnswer = {
      requestId: randomUUID(),
      placement: request.placement,
      personalized,
      fallback: this.fallback(question, found.unavailable, options),
      warnings: [...question.context.warnings, ...question.negatives.warnings, ...this.troubles()],
      items: list.map((entry, index) => answerItem(entry, index + 1, request.explain, segments)),
      model: this.models(question),
      tookMs: Math.round((performance.now() - started) * 1000) / 1000,
    };
    if (request.debug) {
      const steps = {
        question: asked - started,
        candidates: retrieved - asked,
        ranking: performance.now() - retrieved,
      };
      answer.debug = {
        plan: found.plan,
        selectivity: question.selectivity,
        candidates: found.keys.length,
        milliseconds: answer.tookMs,
        steps: Object.fromEntries(Object.entries(steps).map(([name, ms]) => [name, Math.round(ms * 1000) / 1000])),
        weights,
      };
    }
    this.log(answer, list, question);
    return answer;
  }

  private async question(request: RecommendationRequest, caller: Caller, options: AskOptions): Promise<Question> {
    const { at = 'context' } = options;
    const now = this.clock.now();
    const filter = request.filter ? parseFilter(request.filter) : everything;
    const who = whoAsks(request, caller, options);
    const [visitor, context, negatives] = await Promise.all([
      this.visitors.read({ ...who, sessionId: request.sessionId, consent: request.consent }),
      this.contexts.read(request.context, at, caller),
      this.contexts.read(request.negatives, 'negatives', caller),
    ]);
    const rules = this.ruleBook.at(request.placement, now);
    const { set, selectivity } = this.catalogue.matching(filter, now);
    this.exclude(set, request, visitor, context, rules, now);
    const shopWishes = this.placements.of(request.placement);
    const exposure = visitor.consent ? this.experiments.exposureOf(request.placement, who) : null;
    const arm = exposure?.models;
    return {
      request,
      limit: request.limit ?? shopWishes.limit ?? LIMIT,
      diversity: request.diversity ?? shopWishes.diversity ?? (request.placement === 'search' ? 0 : DIVERSITY),
      who,
      now,
      visitor,
      context,
      negatives,
      interests: interestProbes(visitor.past, this.catalogue),
      rules,
      filter,
      allowed: set,
      selectivity,
      exposure,
      blend: this.blend.of(arm?.blend),
      behaviour: (arm?.behaviour ? this.behaviour.byVersion(arm.behaviour) : null) ?? this.behaviour.current(),
    };
  }

  private exclude(
    allowed: Bitset,
    request: RecommendationRequest,
    { past }: Visitor,
    context: Context,
    rules: readonly LiveRule[],
    now: Date,
  ): void {
    allowed.removeAll(context.keys);
    const ids = [...request.excludeIds, ...past.dismissed];
    if (!request.includePurchased) ids.push(...past.bought);
    if (request.placement === 'cart') ids.push(...past.cart);
    for (const id of ids) {
      const item = this.catalogue.byId(id);
      if (item) allowed.delete(item.key);
    }
    for (const rule of rules) {
      if (rule.kind !== 'exclude') continue;
      if (rule.filter) allowed.subtract(this.catalogue.matching(rule.filter, now).set);
      for (const id of rule.itemIds) {
        const item = this.catalogue.byId(id);
        if (item) allowed.delete(item.key);
      }
    }
  }

  /** What whoever runs the shop should hear; the answer itself is whole. */
  private troubles(): string[] {
    const { trouble } = this.retrieval;
    return trouble === null ? [] : [`The vector index does not answer; every item was compared instead. ${trouble}`];
  }

  private wantedBy(rule: LiveRule, allowed: Bitset): number[] {
    if (rule.kind !== 'pin' && rule.kind !== 'boost') return [];
    const named = keysOf(this.catalogue, rule.itemIds);
    if (!rule.filter) return named;
    const matching = this.catalogue.matching(rule.filter, this.clock.now()).set.intersect(allowed);
    for (const key of matching.keys()) {
      if (named.length >= 100) break;
      named.push(key);
    }
    return named;
  }

  private seed({ request, who, visitor, now }: Question): string | null {
    if (request.placement === 'search' || !visitor.consent) return null;
    const person = who.userId ?? who.visitorId ?? '';
    return `${person} ${request.placement} ${now.toISOString().slice(0, 10)}`;
  }

  private fallback(question: Question, unavailable: boolean, options: AskOptions): RecommendationAnswer['fallback'] {
    if (this.catalogue.recommendable(question.now).count === 0) return 'empty_catalogue';
    if (unavailable) return 'index_unavailable';
    if (options.impersonal) return null;
    if (question.visitor.named && !question.visitor.consent) return 'no_consent';
    const something =
      question.context.probes.length > 0 || question.context.keys.length > 0 || question.visitor.past.liked.size > 0;
    return something ? null : 'no_history';
  }

  private models({ blend, behaviour }: Question): RecommendationAnswer['model'] {
    return {
      encoder: `${this.encoder.name}@${this.encoder.id.slice(-8)}`,
      fusion: this.catalogue.fusion ?? this.fusion.current().version,
      behaviour: behaviour?.version ?? 'none',
      blend: blend.version,
      index: this.retrieval.name,
    };
  }

  private log(
    answer: RecommendationAnswer,
    list: readonly PlacedItem[],
    { request, who, visitor, now, exposure }: Question,
  ): void {
    this.impressions.log({
      requestId: answer.requestId,
      placement: answer.placement,
      userId: visitor.consent ? (who.userId ?? null) : null,
      visitorId: visitor.consent ? (who.visitorId ?? null) : null,
      sessionId: visitor.consent ? (request.sessionId ?? null) : null,
      model: answer.model,
      experiment: exposure && { ...exposure },
      at: now,
      items: list.map((entry, index) => ({
        id: entry.item.id,
        rank: index + 1,
        score: entry.score,
        placedBy: entry.placedBy,
        propensity: entry.propensity,
        sources: Object.fromEntries(
          entry.contributions.map(({ source, amount }) => [source, Math.round(amount * 1e6) / 1e6]),
        ),
      })),
    });
  }
}

/** A visitor's token names its visitor where the call names nobody; lists for everybody stay the same for all. */
const whoAsks = (request: RecommendationRequest, caller: Caller, { impersonal }: AskOptions) => {
  const token = impersonal || request.userId !== undefined ? undefined : caller.visitorId;
  return { userId: request.userId, visitorId: request.visitorId ?? token };
};
