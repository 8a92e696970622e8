/** What the window is like, for what the style sheet alone cannot do. */

import { useEffect, useState } from "react";

/** The width of a phone. */
export const NARROW = "(max-width: 39.99rem)";

export function useMedia(query: string): boolean {
  const [matches, setMatches] = useState(() => matchMedia(query).matches);
  useEffect(() => {
    const media = matchMedia(query);
    const changed = () => setMatches(media.matches);
    media.addEventListener("change", changed);
    return () => media.removeEventListener("change", changed);
  }, [query]);
  return matches;
}
