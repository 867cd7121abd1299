import { useEffect, useRef, useState } from 'preact/hooks';
import { Row } from './row.js';

/** Search by words, by picture, or both. */
export const Search = ({ q = '' }: { q?: string }) => {
  const [picture, setPicture] = useState<{ imageId?: string; data?: string } | null>(null);
  const finder = useRef<HTMLElement>(null);
  useEffect(() => {
    const element = finder.current;
    const heard = (event: Event) => setPicture((event as CustomEvent<{ imageId?: string; data?: string }>).detail);
    element?.addEventListener('vitrine-picture', heard);
    return () => element?.removeEventListener('vitrine-picture', heard);
  }, []);
  return (
    <>
      <h1>{q ? `Results for “${q}”` : 'Search by picture'}</h1>
      <details class="by-picture" open={!q}>
        <summary>{picture ? 'Your picture counts too' : 'Add a picture'}</summary>
        <vitrine-visual-search ref={finder} quiet="" />
        {/* There from the start, so that the results below don't jump when a picture comes in. */}
        <button type="button" disabled={!picture} onClick={() => setPicture(null)}>
          Without the picture
        </button>
      </details>
      {(q || picture) && (
        <Row layout="grid" limit={24} search text={q} imageId={picture?.imageId} pictureData={picture?.data} />
      )}
    </>
  );
};
