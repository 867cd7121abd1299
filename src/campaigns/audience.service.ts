import { Injectable } from '@nestjs/common';
import { groupInterests } from '../maths/interests.js';
import { dot } from '../maths/vectors.js';
import { type Caller, invalidField } from '../platform/platform.api.js';
import { ContextReader, VisitorReader } from '../recommendation/recommendation.api.js';
import { LiveCatalogue } from '../retrieval/retrieval.api.js';
import type { AudienceMember, AudienceRequest } from './audience.schema.js';
import { ConsentingPeople } from './consenting-people.js';
import { TopFew } from './top-few.js';

const PAGE = 500;

/** Who of the people who agreed to it is nearest to a product, a picture or a sentence. */
@Injectable()
export class AudienceService {
  constructor(
    private readonly catalogue: LiveCatalogue,
    private readonly contexts: ContextReader,
    private readonly visitors: VisitorReader,
    private readonly people: ConsentingPeople,
  ) {}

  /**
   * Nearest first: for each person the best cosine, in the fused space, of any of their interests (the same five at most that recommendations
   * are made from) to any of the things asked about. Memory: `limit` entries and one page of people; time: people × interests.
   *
   * @throws Problem 400 when nothing that was asked about has a vector
   */
  async nearest(request: AudienceRequest, caller: Caller): Promise<AudienceMember[]> {
    const { probes, warnings } = await this.contexts.read(request, '', caller);
    const asked = probes.flatMap(({ fused }) => (fused ? [fused] : []));
    if (asked.length === 0)
      throw invalidField(
        'itemIds',
        `nothing of it can be compared${warnings.length > 0 ? `: ${warnings.join('; ')}` : ''}`,
      );
    const top = new TopFew<{ id: string; itemId: string }>(request.limit);
    for (let after: string | null = null, more = true; more; ) {
      const page = await this.people.page(request.people, after, PAGE);
      for (const id of page.ids) {
        const found = await this.nearness(request.people === 'users' ? { userId: id } : { visitorId: id }, asked);
        if (found && found.score >= request.least) top.offer(found.score, { id, itemId: found.itemId });
      }
      after = page.last;
      more = after !== null;
    }
    return top.sorted().map(({ score, value }, at) => ({
      rank: at + 1,
      ...(request.people === 'users' ? { userId: value.id } : { visitorId: value.id }),
      score: Math.round(score * 1e6) / 1e6,
      because: { itemId: value.itemId },
    }));
  }

  private async nearness(
    who: { userId: string } | { visitorId: string },
    asked: readonly Float32Array[],
  ): Promise<{ score: number; itemId: string } | null> {
    const { past } = await this.visitors.read(who);
    const liked = [...past.liked].flatMap(([id, weight]) => {
      const item = this.catalogue.byId(id);
      const vector = item && this.catalogue.vector(item.key);
      return vector ? [{ key: item.key, weight, vector }] : [];
    });
    let best: { score: number; itemId: string } | null = null;
    for (const { key, vector } of groupInterests(liked)) {
      for (const question of asked) {
        if (question.length !== vector.length) continue;
        const score = dot(question, vector);
        if (!best || score > best.score) best = { score, itemId: this.catalogue.byKey(key)!.id };
      }
    }
    return best;
  }
}
