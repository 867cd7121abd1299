import { Module } from '@nestjs/common';
import { AgentsController } from './agents.controller.js';

/** The shop as tools for language-model agents. */
@Module({ controllers: [AgentsController] })
export class AgentsModule {}
