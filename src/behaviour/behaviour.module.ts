import { Global, Module } from '@nestjs/common';
import { ActiveBehaviour } from './active-behaviour.port.js';
import { EventBehaviour } from './event-behaviour.js';

/** What events alone say. */
@Global()
@Module({
  providers: [EventBehaviour, { provide: ActiveBehaviour, useExisting: EventBehaviour }],
  exports: [ActiveBehaviour],
})
export class BehaviourModule {}
