import { Controller, Delete, Get, Put } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { AuditLog } from '../access/access.api.js';
import {
  Access,
  type Caller,
  CurrentCaller,
  Id,
  notFound,
  ZodBody,
  ZodParam,
  ZodResponse,
} from '../platform/platform.api.js';
import { Experiment, ExperimentInput, ExperimentList, ExperimentResult } from './experiment.schema.js';
import { ExperimentsService } from './experiments.service.js';

/** Comparisons between models or blends with the shop's own visitors. */
@ApiTags('admin')
@Controller('v1/admin/experiments')
@Access('admin')
export class ExperimentsController {
  constructor(
    private readonly experiments: ExperimentsService,
    private readonly audit: AuditLog,
  ) {}

  @Get()
  @ApiOperation({ summary: 'All experiments, newest first' })
  @ZodResponse(ExperimentList)
  async list() {
    return { experiments: await this.experiments.list() };
  }

  @Get(':id')
  @ApiOperation({ summary: 'One experiment with the shares its arms have now' })
  @ZodResponse(Experiment)
  get(@ZodParam('id', Id) id: string) {
    return this.experiments.get(id);
  }

  @Put(':id')
  @ApiOperation({ summary: 'Start, change, pause or stop an experiment' })
  @ZodResponse(Experiment)
  async put(
    @ZodParam('id', Id) id: string,
    @ZodBody(ExperimentInput) input: ExperimentInput,
    @CurrentCaller() caller: Caller,
  ) {
    const experiment = await this.experiments.put(id, input);
    await this.audit.note(caller, 'experiment.put', id, { state: experiment.state });
    return experiment;
  }

  @Get(':id/result')
  @ApiOperation({ summary: 'What is known now, with intervals that may be looked at at any time' })
  @ZodResponse(ExperimentResult)
  result(@ZodParam('id', Id) id: string) {
    return this.experiments.result(id);
  }

  @Delete(':id')
  @ApiOperation({ summary: 'Forget an experiment; the impressions keep what was logged' })
  @ZodResponse(null, 204)
  async delete(@ZodParam('id', Id) id: string, @CurrentCaller() caller: Caller) {
    if (!(await this.experiments.delete(id))) throw notFound('experiment', id);
    await this.audit.note(caller, 'experiment.delete', id);
  }
}
