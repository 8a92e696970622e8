/** English texts of the system part of the page. */

export const system = {
  title: "System",
} as const;
