import { useState } from 'preact/hooks';
import { number, percent, type Schemas, time } from './api.js';
import { Badge, Segments as Choice, Empty, Page, Panel, useCall } from './parts.js';

type List = Schemas['Segments'];
type Segment = Schemas['Segment'];
type Of = List['of'];

const PICTURE = 320;
const small = (image: string): string => (image.startsWith('/v1/pictures/') ? `${image}?width=${PICTURE}` : image);

const Things = ({ of, things }: { of: Of; things: Segment['examples'] }) => (
  <ul class="segment-things" aria-label={of === 'users' ? 'What these people like' : 'Examples'}>
    {things.map(({ id, title, image, likedBy }) => (
      <li key={id}>
        {image ? (
          <img src={small(image)} alt="" loading="lazy" width={PICTURE} height={PICTURE} />
        ) : (
          <div class="no-picture">no picture</div>
        )}
        <span>{title}</span>
        {likedBy !== null && <small>liked by {number(likedBy)}</small>}
      </li>
    ))}
  </ul>
);

const One = ({ of, segment }: { of: Of; segment: Segment }) => {
  const { name, size, share, words, examples } = segment;
  return (
    <li class="segment">
      <div class="segment-head">
        <h3>{name}</h3>
        <span class="segment-size">
          {number(size)} {of === 'users' ? 'people' : 'products'} · {percent(share)}
        </span>
      </div>
      <div class="segment-share" aria-hidden="true">
        <i style={{ width: `${share * 100}%` }} />
      </div>
      <div class="segment-words">
        {[...words.kind, ...words.material.slice(0, 2), ...words.style.slice(0, 2), ...words.mood.slice(0, 2)].map(
          ({ word }) => (
            <Badge key={word}>{word}</Badge>
          ),
        )}
      </div>
      <Things of={of} things={examples} />
    </li>
  );
};

/** What do these people like? Alike people and alike products, with pictures. */
export const SegmentsPage = () => {
  const [of, setOf] = useState<Of>('users');
  const segments = useCall<List>(`/v1/admin/segments?of=${of}`);
  const isPeople = of === 'users';
  return (
    <Page
      title="Segments"
      intro="Alike people by what they like, and alike products by how they look and read, named by the words nearest to their pictures."
      actions={
        <Choice
          label="Of"
          value={of}
          options={[
            ['users', 'People'],
            ['items', 'Products'],
          ]}
          onChange={setOf}
        />
      }
    >
      <Panel
        title={isPeople ? 'What do these people like?' : 'What is in the shop?'}
        hint={
          isPeople
            ? 'Only people who agreed to personal recommendations. Nobody is named, and no segment is so small that anybody shows.'
            : 'What can be recommended now.'
        }
        loaded={segments}
        height={420}
        wide
      >
        {(list) =>
          list.segments.length === 0 ? (
            <Empty title="No segments yet">{list.note}</Empty>
          ) : (
            <>
              <ul class="segment-list">
                {list.segments.map((segment) => (
                  <One key={segment.id} of={list.of} segment={segment} />
                ))}
              </ul>
              <p class="hint">
                {number(list.looked)} of {number(list.total)} {isPeople ? 'people' : 'products'}, at least{' '}
                {list.leastSize} in a segment; {time(list.madeAt)}.
              </p>
            </>
          )
        }
      </Panel>
    </Page>
  );
};
