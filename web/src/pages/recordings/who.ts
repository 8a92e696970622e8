/** What people are called. */

import type { Schemas } from "../../api/client";

export function nameOf(person: Schemas["Person"]): string {
  return `${person.firstName} ${person.lastName}`.trim() || person.username;
}
