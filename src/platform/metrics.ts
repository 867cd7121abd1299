import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { jobSeconds, stageSeconds } from './telemetry.js';

/** The process's metrics in Prometheus' form; modules add theirs with `counter`, `gauge`, `histogram`. */
export class Metrics {
  readonly registry = new Registry();

  constructor() {
    collectDefaultMetrics({ register: this.registry, prefix: 'vitrine_' });
    for (const shared of [stageSeconds, jobSeconds]) this.registry.registerMetric(shared);
  }

  counter(name: string, help: string, labelNames: string[] = []): Counter {
    return (
      (this.registry.getSingleMetric(name) as Counter | undefined) ??
      new Counter({ name, help, labelNames, registers: [this.registry] })
    );
  }

  gauge(name: string, help: string, labelNames: string[] = []): Gauge {
    return (
      (this.registry.getSingleMetric(name) as Gauge | undefined) ??
      new Gauge({ name, help, labelNames, registers: [this.registry] })
    );
  }

  /** Buckets in seconds. */
  histogram(name: string, help: string, labelNames: string[] = []): Histogram {
    return (
      (this.registry.getSingleMetric(name) as Histogram | undefined) ??
      new Histogram({
        name,
        help,
        labelNames,
        buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
        registers: [this.registry],
      })
    );
  }
}
