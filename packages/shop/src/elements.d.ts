import type { JSX } from 'preact';

type ElementProps = JSX.HTMLAttributes<HTMLElement> & Record<string, unknown>;

declare module 'preact' {
  namespace JSX {
    interface IntrinsicElements {
      'vitrine-recommendations': ElementProps;
      'vitrine-visual-search': ElementProps;
    }
  }
}
