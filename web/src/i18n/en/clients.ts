/** English texts of the clients part of the page. */

export const clients = {
  title: "Recording clients",
} as const;
