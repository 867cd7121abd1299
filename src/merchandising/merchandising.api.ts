/** What other modules may use of merchandising: rules and what is set for placements. */
export { PlacementBook } from './placement-book.js';
export { Placement, PlacementSettings, Rule, RuleInput } from './rule.schema.js';
export { RULE_FILTERS, type RuleFilterCheck, RulesService } from './rules.service.js';
