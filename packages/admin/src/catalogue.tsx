import { number, type Schemas, words } from './api.js';
import { Badge, Empty, Page, Panel, Table, type Tone, useCall } from './parts.js';

type Quality = Schemas['QualityReport'];
type Status = Schemas['AdminStatus'];

const tones: Record<string, Tone> = { error: 'bad', warning: 'warn', info: 'plain' };
const order = ['error', 'warning', 'info'];

/** What could be better about the data, and what to do. */
export const Catalogue = () => {
  const quality = useCall<Quality>('/v1/admin/quality');
  const status = useCall<Status>('/v1/admin/status');
  return (
    <Page
      title="Catalogue"
      intro="Findings on pictures, words, reviews and events. Nothing is dropped silently: what is wrong stands here with what to do."
      actions={
        <button type="button" onClick={quality.again}>
          Look again
        </button>
      }
    >
      <Panel title="Evidence" loaded={status} height={60} wide>
        {({ catalogue }) => (
          <dl class="facts">
            <div>
              <dt>Items</dt>
              <dd>{number(catalogue.items)}</dd>
            </div>
            <div>
              <dt>With a readable picture</dt>
              <dd>{number(catalogue.withPicture)}</dd>
            </div>
            <div>
              <dt>Embedded</dt>
              <dd>{number(catalogue.embedded)}</dd>
            </div>
            <div>
              <dt>Waiting</dt>
              <dd>{number(catalogue.waiting)}</dd>
            </div>
            <div>
              <dt>Reviews</dt>
              <dd>{number(catalogue.reviews)}</dd>
            </div>
          </dl>
        )}
      </Panel>
      <Panel title="Findings" loaded={quality} height={220} wide>
        {(value) =>
          value.findings.length === 0 ? (
            value.items === 0 ? (
              <Empty title="The catalogue is empty">
                <a href="/admin/imports">Upload a file</a>, or <code>npx vitrine import catalog.ndjson</code>.
              </Empty>
            ) : (
              <Empty title="Nothing to mend">
                {number(value.items)} items were looked at: pictures, words, categories, prices, reviews and events.
              </Empty>
            )
          ) : (
            [...value.findings]
              .sort((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity) || b.count - a.count)
              .map((finding) => (
                <details key={finding.code} class="finding">
                  <summary>
                    <Badge tone={tones[finding.severity] ?? 'plain'}>{finding.severity}</Badge>
                    <span class="finding-name">{words(finding.code)}</span>
                    <strong>{number(finding.count)}</strong>
                  </summary>
                  <p class="advice">{finding.advice}</p>
                  <Table
                    caption={`Examples of ${words(finding.code)}`}
                    head={['Id', 'What']}
                    rows={finding.examples.map((example) => [
                      finding.code.startsWith('events') ? (
                        example.id
                      ) : (
                        <a
                          key={example.id}
                          href={`/shop/product/${encodeURIComponent(example.id)}`}
                          target="_blank"
                          rel="noreferrer"
                        >
                          {example.id}
                        </a>
                      ),
                      example.detail ?? '',
                    ])}
                    empty=""
                  />
                </details>
              ))
          )
        }
      </Panel>
    </Page>
  );
};
