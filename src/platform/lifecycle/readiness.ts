import { Injectable } from '@nestjs/common';

/** What `GET /health/ready` asks: named conditions, each null when fulfilled, else a sentence that says what is missing. */
@Injectable()
export class Readiness {
  private readonly conditions = new Map<string, () => string | null>();

  /** Adds a condition; a second one of the same name replaces the first. */
  require(name: string, missing: () => string | null): void {
    this.conditions.set(name, missing);
  }

  /** What is missing, by name; empty when ready. */
  missing(): Record<string, string> {
    const missing: Record<string, string> = {};
    for (const [name, ask] of this.conditions) {
      const sentence = ask();
      if (sentence !== null) missing[name] = sentence;
    }
    return missing;
  }

  /** Resolves when nothing is missing. */
  async whenReady(pollMs = 50): Promise<void> {
    while (Object.keys(this.missing()).length > 0) await new Promise((wake) => setTimeout(wake, pollMs));
  }
}
