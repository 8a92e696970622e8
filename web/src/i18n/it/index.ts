/** Italian, with exactly the keys of English. */

export * from "./account";
export * from "./app";
export * from "./audit";
export * from "./clients";
export * from "./dashboard";
export * from "./live";
export * from "./people";
export * from "./player";
export * from "./recording";
export * from "./recordings";
export * from "./rules";
export * from "./signIn";
export * from "./system";
export * from "./tokens";
export * from "./trouble";
export * from "./welcome";
