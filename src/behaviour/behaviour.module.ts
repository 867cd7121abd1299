import { Global, Module } from '@nestjs/common';
import { ActiveBehaviour } from './active-behaviour.port.js';
import { LiveBehaviour } from './live-behaviour.js';

/** What events alone say. */
@Global()
@Module({ providers: [LiveBehaviour, { provide: ActiveBehaviour, useExisting: LiveBehaviour }], exports: [ActiveBehaviour, LiveBehaviour] })
export class BehaviourModule {}
