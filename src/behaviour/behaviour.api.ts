export { ActiveBehaviour, type BehaviourModel, type ScoredItem, type WeightedItem } from './active-behaviour.port.js';
