/** English texts of the people part of the page. */

export const people = {
  title: "Users and groups",
} as const;
