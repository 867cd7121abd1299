import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { LiveExperiments } from '../experiments/experiments.api.js';
import { LOGGER, type Logger } from '../platform/platform.api.js';
import { IndexEngine, LiveCatalogue, Retrieval } from '../retrieval/retrieval.api.js';
import { CandidateFinder } from './candidate-finder.js';
import { ContextReader } from './context-reader.js';
import { Crowd } from './crowd.js';
import { type FilledFusion, OtherFusions } from './other-fusions.js';
import { overlay, rewired } from './overlay.js';
import { Scorer } from './scorer.js';

/** Copies of the pipeline over the vectors of another fusion model: for arms of experiments, and for whoever tries one out. */
@Injectable()
export class ArmPipelines implements OnModuleInit {
  /** The services between the recommendation service and what is replaced. */
  readonly through: ReadonlySet<unknown>;
  private readonly copies = new WeakMap<FilledFusion, object>();

  constructor(
    private readonly live: LiveCatalogue,
    private readonly engine: IndexEngine,
    private readonly fusions: OtherFusions,
    private readonly experiments: LiveExperiments,
    @Inject(LOGGER) private readonly logger: Logger,
    retrieval: Retrieval,
    finder: CandidateFinder,
    contexts: ContextReader,
    crowd: Crowd,
    scorer: Scorer,
  ) {
    this.through = new Set([retrieval, finder, contexts, crowd, scorer]);
  }

  /** Vectors that arms name are held in memory for as long as the experiment runs. */
  onModuleInit(): Promise<void> {
    return this.experiments.onChange(() => this.fusions.hold(this.experiments.named('fusion')));
  }

  /** What a pipeline over these vectors holds instead. They have no index of their own: they are scanned exactly. */
  partsOf({ model, table }: FilledFusion): Map<unknown, object> {
    return new Map<unknown, object>([
      [
        this.live,
        overlay(this.live, {
          fusionModel: model,
          fusion: model.version,
          vector: (key) => table.get(key),
          vectorTable: () => table,
          withVector: () => table.present,
        }),
      ],
      [this.engine, overlay(this.engine, { over: () => null, name: `exact:${model.version}` })],
    ]);
  }

  /**
   * A copy of `service` over this fusion model's vectors; the same one as long as they are in memory. Where they cannot be had (the model is gone, the catalogue has grown too
   * large), a copy that serves with the live model and says that nobody is in an experiment: what is logged stays true.
   */
  async copyOf<T extends object>(service: T, version: string): Promise<T> {
    if (version === this.live.fusion) return service;
    let filled: FilledFusion;
    try {
      filled = await this.fusions.of(version);
    } catch (error) {
      this.logger.warn(
        { err: error, fusion: version },
        'an arm of an experiment cannot be served; its visitors are left out',
      );
      const outside = overlay(this.experiments, { exposureOf: () => null });
      return rewired(service, new Map<unknown, object>([[this.experiments, outside]]), new Set());
    }
    const known = this.copies.get(filled);
    if (known) return known as T;
    const copy = rewired(service, this.partsOf(filled), this.through);
    this.copies.set(filled, copy);
    return copy;
  }
}
