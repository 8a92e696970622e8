/** English texts of the trouble part of the page. */

export const trouble = {
  lost: "The server does not answer.",
  lostMore: "Recording does not depend on this page. Your view stays as it was.",
  fault: "The server could not do that.",
  reference: "Its log says more under {{reference}}.",
  notDone: "That is not done.",
  retry: "Try again",
  notAllowed: "You may not see this.",
  notFound: "There is no such recording.",
  notFoundMore: "The link may be cut, or the recording was never here.",
  page: "There is no such page.",
  toRecordings: "Go to the recordings",
  badId: "This is no recording's address.",
} as const;
