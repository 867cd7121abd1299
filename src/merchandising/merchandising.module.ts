import { type DynamicModule, Global, Module } from '@nestjs/common';
import { MerchandisingController } from './merchandising.controller.js';
import { PlacementBook } from './placement-book.js';
import { RULE_FILTERS, type RuleFilterCheck, RulesService } from './rules.service.js';

/** Rules and placements. The language of filters belongs to retrieval, above: the composition root hands its check down. */
@Global()
@Module({})
export class MerchandisingModule {
  static with(checkFilter: RuleFilterCheck): DynamicModule {
    return {
      module: MerchandisingModule,
      controllers: [MerchandisingController],
      providers: [RulesService, PlacementBook, { provide: RULE_FILTERS, useValue: checkFilter }],
      exports: [RulesService, PlacementBook],
    };
  }
}
