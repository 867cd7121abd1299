import { Controller, Delete, Get, Post, Put } from '@nestjs/common';
import { AuditLog } from '../access/access.api.js';
import {
  Access,
  type Caller,
  CurrentCaller,
  Id,
  notFound,
  ZodBody,
  ZodParam,
  ZodQuery,
  ZodResponse,
} from '../platform/platform.api.js';
import { PlacementBook } from './placement-book.js';
import {
  ListQuery,
  Placement,
  PlacementList,
  PlacementName,
  PlacementSettings,
  Rule,
  RuleInput,
  RuleList,
} from './rule.schema.js';
import { RulesService } from './rules.service.js';

/** The merchandiser's rules and placements. */
@Controller('v1/admin')
@Access('admin')
export class MerchandisingController {
  constructor(
    private readonly rules: RulesService,
    private readonly placements: PlacementBook,
    private readonly audit: AuditLog,
  ) {}

  @Get('rules')
  @ZodResponse(RuleList)
  listRules(@ZodQuery(ListQuery) { limit, cursor }: { limit: number; cursor?: string }) {
    return this.rules.list(limit, cursor);
  }

  @Post('rules')
  @ZodResponse(Rule, 201)
  async createRule(@ZodBody(RuleInput) input: RuleInput, @CurrentCaller() caller: Caller) {
    const rule = await this.rules.create(input);
    await this.audit.note(caller, 'rule.create', rule.id, { kind: rule.kind });
    return rule;
  }

  @Get('rules/:id')
  @ZodResponse(Rule)
  getRule(@ZodParam('id', Id) id: string) {
    return this.rules.get(id);
  }

  @Put('rules/:id')
  @ZodResponse(Rule)
  async putRule(@ZodParam('id', Id) id: string, @ZodBody(RuleInput) input: RuleInput, @CurrentCaller() caller: Caller) {
    const rule = await this.rules.put(id, input);
    await this.audit.note(caller, 'rule.put', id, { kind: rule.kind });
    return rule;
  }

  @Delete('rules/:id')
  @ZodResponse(null, 204)
  async deleteRule(@ZodParam('id', Id) id: string, @CurrentCaller() caller: Caller) {
    if (!(await this.rules.delete(id))) throw notFound('rule', id);
    await this.audit.note(caller, 'rule.delete', id);
  }

  @Get('placements')
  @ZodResponse(PlacementList)
  async listPlacements() {
    return { placements: await this.placements.list() };
  }

  @Get('placements/:name')
  @ZodResponse(Placement)
  getPlacement(@ZodParam('name', PlacementName) name: string) {
    return this.placements.get(name);
  }

  @Put('placements/:name')
  @ZodResponse(Placement)
  async putPlacement(
    @ZodParam('name', PlacementName) name: string,
    @ZodBody(PlacementSettings) settings: PlacementSettings,
    @CurrentCaller() caller: Caller,
  ) {
    const placement = await this.placements.put(name, settings);
    await this.audit.note(caller, 'placement.put', name, { ...settings });
    return placement;
  }

  @Delete('placements/:name')
  @ZodResponse(null, 204)
  async deletePlacement(@ZodParam('name', PlacementName) name: string, @CurrentCaller() caller: Caller) {
    if (!(await this.placements.delete(name))) throw notFound('placement', name);
    await this.audit.note(caller, 'placement.delete', name);
  }
}
